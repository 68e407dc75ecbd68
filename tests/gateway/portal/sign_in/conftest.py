"""The provider of single sign-on, for all tests of the folder that want it."""

from tests.gateway.portal.sign_in.oidc_provider import provider_folder

__all__ = ["provider_folder"]
