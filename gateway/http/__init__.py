"""What the HTTP doors share: the application, middleware, signed links."""
