"""A damaged copy in the archive is replaced where the sender's own file is still in Pending."""

from registry.accounts.accounts import Account
from registry.landing.drop_folder import PENDING, account_folder
from registry.landing.receive import archive
from registry.ledger.imports import Import
from registry.settings import Settings
from registry.store.durable_files import digest


def put_back_from_pending(settings: Settings, account: Account, imported: Import) -> bool:
    """Archive an import's file again from Pending; returns whether its bytes were there.

    Raises:
        StorageUnavailable: the archive cannot be written.
    """
    if imported.drop_name is None:
        return False
    path = account_folder(settings, account) / PENDING / imported.drop_name
    if path.is_symlink() or not path.is_file():
        return False
    try:
        if digest(path) != imported.sha256:
            return False
    except OSError:  # taken away meanwhile
        return False
    return archive(settings, path).sha256 == imported.sha256
