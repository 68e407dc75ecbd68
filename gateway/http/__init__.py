"""What the API and the portal share: middleware, errors, client addresses, signed links."""
