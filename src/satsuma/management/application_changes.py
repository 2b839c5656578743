"""Changing an application after it was created: what is asked, what it makes of it, and what stops working."""

from __future__ import annotations

from satsuma.domain.applications import Application, ChangeApplication
from satsuma.management.applications import find_client
from satsuma.management.context import ManagementContext, NotPossible, attempt, possible
from satsuma.management.edits import Changed, Edits, differences, edited, in_form
from satsuma.management.fields import APPLICATION, check_changes
from satsuma.store.port import Conflict

Outcome = tuple[Application, Changed]


async def change_application(
    context: ManagementContext, named: str, edits: Edits, dry_run: bool = False
) -> Outcome:
    """Change what the edits name of an application that is not revoked; raises NotPossible.

    Where another operation changes it meanwhile, the edits are made anew, of the application as it then is: of two
    changes at once neither is lost. Gives what it is then and what differs; with `dry_run` what would be, and nothing
    is done.
    """
    return await attempt(lambda: _change(context, named, edits, dry_run))


async def _change(context: ManagementContext, named: str, edits: Edits, dry_run: bool) -> Outcome:
    found = (await find_client(context, named)).application
    if found.state == "revoked":
        raise NotPossible("application-revoked", f"{found.name} is revoked for good")
    with possible():
        application = edited(APPLICATION, found, edits)
        check_changes(APPLICATION, found, application)
        application = in_form(APPLICATION, found, application)
    changed = differences(APPLICATION, found, application)
    if dry_run or not changed.fields:
        return application, changed
    what = f"application:{found.application_id}"
    row = context.audit("application.change", what, changed=changed.fields)
    try:
        await context.store.commit(ChangeApplication(application, found), row)
    except Conflict as conflict:
        if conflict.slug != "application-exists":
            raise
        says = f"Its owner has an application named {application.name!r} already"
        raise NotPossible(conflict.slug, says) from None
    return application, changed
