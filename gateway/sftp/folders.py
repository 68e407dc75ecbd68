"""Which make of an account's two folders this installation has, and what is tidied up in it."""

from gateway.sftp import unfinished_uploads
from gateway.sftp.folders_in_store import FoldersInStore, sweep_store
from gateway.sftp.folders_on_disk import FoldersOnDisk
from gateway.sftp.sender_folders import OfAccount, Registry, SenderFolders
from registry.accounts.accounts import Account
from registry.settings import Settings


def folders_of(settings: Settings, account: Account, registry: Registry) -> SenderFolders:
    """The two folders of an account: in the store where that is a bucket, else on the disk."""
    if settings.store_url:
        return FoldersInStore(settings, account, registry)
    return FoldersOnDisk(settings, account, registry)


def sweep(
    settings: Settings, registry: Registry, of_account: OfAccount, *, starting: bool = False
) -> None:
    """Keep what killed servers left open as parts, and remove what is older than a day.

    Args:
        settings: where folders and store are.
        registry: gives a connection that sees no account.
        of_account: gives one that sees an account.
        starting: whether the server starts; folders are looked through for what was left only then.

    Raises:
        RosterlineError: folders, store or database cannot be used.
    """
    if settings.store_url:
        sweep_store(settings, registry, of_account, starting=starting)
    else:
        unfinished_uploads.sweep(settings, starting=starting)
