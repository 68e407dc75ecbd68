"""The settings' first page: what there is to set."""

from fastapi import APIRouter
from starlette.responses import RedirectResponse, Response

from gateway.portal.page_requests import CanManage
from gateway.portal.rendering import render
from gateway.portal.settings.section_pages import SECTIONS

router = APIRouter()


@router.get("/settings")
def show_settings(page_request: CanManage) -> Response:
    """All sections, with what each is for."""
    with page_request.as_account() as (_, account):
        return render("settings/overview.html", page_request, account=account, sections=SECTIONS)


@router.get("/admin")
def show_by_former_address(_: CanManage) -> RedirectResponse:
    """The settings under the address that links and bookmarks may still have."""
    return RedirectResponse("/settings", 303)
