"""Two imports to undo: the first creates two patients, the second changes one and adds one."""

from tests.importing import Imported, process, put

FIRST = "C-1,Ada,Sample,1980,f\nC-2,Ben,Sample,1981,m\n"
SECOND = "C-1,Adele,Sample,1980,f\nC-3,Cleo,Sample,1982,f\n"


def import_both(portal, connection, account, folder) -> list[Imported]:
    done = [
        process(portal, connection, put(portal, connection, account, content, folder=folder))
        for content in (FIRST, SECOND)
    ]
    connection.commit()
    return done


def page_of(done: Imported, more: str = "") -> str:
    return f"/imports/{done.imported.id}{more}"
