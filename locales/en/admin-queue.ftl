## Overview

admin-overview-lead = { $needs ->
    [0] Nothing needs a person now.
    [one] One thing needs a person. It is below.
   *[other] { $needs } things need a person. They are below.
}
admin-figure-open = open
admin-figure-open-note = { $n ->
    [one] { $n } of them waits for a decision
   *[other] { $n } of them wait for a decision
}
admin-figure-overdue = overdue
admin-figure-overdue-note = { $overdue ->
    [true] the date of Art. 12(3) has passed
   *[false] every date of Art. 12(3) is kept
}
admin-figure-week = due this week
admin-figure-week-note = within seven days
admin-figure-waiting = wait for the person
admin-figure-waiting-note = we asked, and the answer is theirs
admin-needs-person = Needs a person
admin-needs-nothing = Nothing has halted, no mail failed, and every request has someone.
admin-need-holidays = Holidays of { $year }
admin-need-senders = { $n ->
    [one] A mailing tool has not applied one objection
   *[other] A mailing tool has not applied { $n } changes of objections
}
admin-need-holds = { $n ->
    [one] One legal hold
   *[other] { $n } legal holds
}
admin-need-copies = { $n ->
    [one] A copy outside the stores is over its last day
   *[other] { $n } copies outside the stores are over their last day
}
admin-need-access = Nobody has looked through who may do what
admin-need-backups = { $n ->
    [one] A backup is over its last day and still there
   *[other] { $n } backups are over their last day and still there
}
admin-need-broken = The trail does not fit what was signed
admin-need-refused = { $n ->
    [one] One witness has not signed the latest checkpoint
   *[other] { $n } witnesses have not signed the latest checkpoint
}
admin-need-intent = { $n ->
    [one] One announced act has no outcome
   *[other] { $n } announced acts have no outcome
}
admin-need-sweep = { $n ->
    [one] A clean-up of one record waits
   *[other] A clean-up of { $n } records waits
}
admin-need-late = { $n ->
    [one] One promise to remove data was kept too late
   *[other] { $n } promises to remove data were kept too late
}
admin-needs-nothing-next = Open the queue
admin-why = { $why ->
    [overdue] Overdue
    [run-halted] Run halted
    [task] By hand
    [store-away] Store away
    [mail-waits] Mail to judge
    [mailbox-silent] Mailbox silent
    [mail-failed] Mail failed
    [audit-behind] Trail entries wait
    [audit-broken] Trail is not intact
    [witness-refuses] Witness refuses to sign
    [senders-behind] Objection not applied for a day
    [intent-open] Act without an outcome
    [sweep-waits] Clean-up waits for a person
    [kept-late] Removed too late
    [hold-due] Review is due
    [hold-soon] Review within two weeks
    [copies-overdue] Copy to destroy
    [waits-for-copy] Waits for a copy outside
    [access-review] Review is late
    [backups-overdue] Backup to delete
    [unassigned] Nobody took it for a working day
   *[calendar-ends] Calendar ends within a year
}

## Queue

admin-enter-request = Enter a request by phone or letter
admin-views = Views
admin-view = { $view ->
    [open] Open
    [mine] Mine
    [decide] To decide
    [halted] Halted
    [waiting] Waiting for the person
    [unconfirmed] Not confirmed
   *[closed] Closed
}
admin-queue-search = Address or reference
admin-any-kind = All kinds
admin-due-filter = { $due ->
    [late] Late
    [week] Within a week or late
   *[any] Any time
}
admin-queue-none = No request here.
admin-queue-none-next = Back to the overview
admin-queue-none-match = No request matches.
admin-queue-show-all = Show all open requests
admin-due-group = { $when ->
    [late] Late
    [week] Due within a week
    [later] Later
   *[closed] Closed
}
admin-position = { $first } to { $last } of { $total }, due first
admin-position-closed = { $first } to { $last }, due last first
admin-first-page = Back to the start
admin-next-page = Next

## A request by phone, letter, mail or in person

admin-new-title = Enter a request
admin-new-lead = For a request that did not come through the portal. The clock runs from the day it arrived.
admin-new-kind = What do they ask for?
admin-new-no-kind = Choose what they ask for
admin-new-email = Their email address
admin-new-name = Their name (optional)
admin-new-name-hint = Only if they gave it.
admin-new-lang = Language to answer in
admin-new-channel = How did it come?
admin-channel = { $channel ->
    [phone] By phone
    [letter] By letter
    [mail] By email
   *[in_person] In person
}
admin-new-received = Received on
admin-new-no-channel = Choose how it came
admin-new-received-hint = The day it reached us in any way, not the day someone read it.
admin-new-future = This day has not come yet
admin-new-proof = How is identity proved?
admin-proof = { $proof ->
    [mail] Send a confirmation to the address; nothing is opened before it is answered
   *[staff] Staff checked it
}
admin-new-no-proof = Say how identity is proved
admin-new-checked = How it was checked
admin-new-no-checked = Say how it was checked
admin-new-checked-hint = Only if staff checked it: what you saw or asked. Keep no copy of a document.
admin-new-authority = Authority (optional)
admin-new-authority-hint = Only if someone acts for another person: who, and by which authority.
admin-new-details = What they said (optional)
admin-new-details-hint = Anything that helps to find and to decide.
admin-new-changes = For a correction: the right values
admin-new-button = Enter the request

## People

admin-people-title = Find a person
admin-people-lead = Searches every store and every request. The search is recorded with your reason.
admin-people-search = Address or reference
admin-people-no-address = This is neither an address nor a reference
admin-people-reason = Why you look
admin-people-reason-hint = One line; it is kept with the entry in the audit trail.
admin-people-no-reason = Say why you look; nothing is shown without a reason
admin-people-button = Search all stores
admin-people-none = No store holds anything under this address.
admin-people-records = { $n ->
    [one] { $n } record
   *[other] { $n } records
}
admin-people-first = The first { $n } records; a request shows all.
admin-people-requests = Requests
admin-people-no-requests = No request from this person.

admin-need-store = A store does not work
