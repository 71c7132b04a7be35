## What stands around every staff page, and the words that many of them share.

admin-nav = Main
admin-nav-overview = Overview
admin-nav-queue = Queue
admin-nav-stores = Stores
admin-nav-audit = Audit trail
admin-nav-staff = Staff
admin-sign-out = Sign out
# After a name: "Aino Salo, privacy lead".
admin-role = { $role ->
    [agent] agent
    [lead] privacy lead
    [administrator] administrator
    [auditor] auditor
   *[subcontractor] subcontractor
}
# Alone in a list.
admin-role-named = { $role ->
    [agent] Agent
    [lead] Privacy lead
    [administrator] Administrator
    [auditor] Auditor
   *[subcontractor] Subcontractor
}
admin-foot-no-data = Opening this page showed no personal data.
admin-foot-list = The list shows addresses of people. The audit trail has an entry that you opened it.
admin-foot-person = You looked at personal data. The audit trail has an entry for it.
admin-foot-trail = Reading the trail is not an entry: it holds no personal data. Exporting it is one.
admin-foot-run = The run goes on by itself, also when this page is closed and when the server restarts.

## Kinds, states, dates

admin-kind = { $kind ->
    [access] Review
    [rectification] Correct
    [erasure] Remove
   *[objection] Unsubscribe
}
admin-state = { $state ->
    [unproved] Waits for confirmation
    [searching] Searching the stores
    [to_decide] Ready to decide
    [second] Second person to agree
    [waiting] Waits for an answer
    [access] Collecting the bundle
    [rectification] Writing the new values
    [erasure] Erasing
    [objection] Unsubscribing
    [halted] Halted
    [fulfilled] Done
    [nothing_found] Nothing found
    [refused] Refused
    [withdrawn] Withdrawn
   *[done] Closed
}
admin-today = Today
admin-days-left = { $days ->
    [one] { $days } day
   *[other] { $days } days
}
admin-days-late = { $days ->
    [one] { $days } day late
   *[other] { $days } days late
}
admin-never = Never
admin-nobody = Nobody
admin-anyone = Anyone
admin-forgotten = Contents forgotten
admin-restricted = Restricted
admin-found-short = { $stores ->
    [one] { $stores } store
   *[other] { $stores } stores
}, { $records ->
    [one] { $records } record
   *[other] { $records } records
}
admin-received-short = { $date }, { $channel ->
    [web] web
    [mail] email
    [link] link
    [phone] phone
    [letter] letter
   *[in_person] in person
}
admin-via = { $via ->
    [web] Web form
    [mail] Email
    [link] Unsubscribe link
    [phone] Phone
    [letter] Letter
   *[in_person] In person
}
admin-proved = { $proof ->
    [mailbox] Mail link
    [mailbox_and_code] Mail link and code
    [staff] Checked by staff
   *[authority] Authority seen by staff
}
# Read aloud instead of a drawing of squares.
admin-cells = { $total ->
    [one] { $total } record
   *[other] { $total } records
}: { $gone } erased, { $todo } still held, { $kept } kept on a legal ground
admin-match-exact = Exact address
admin-match-possible = Possible match

## Columns

admin-col-what = What
admin-col-why = Why
admin-col-since = Since
admin-col-with = With
admin-col-due = Due
admin-col-kind = Kind
admin-col-person = Person
admin-col-state = State
admin-col-found = Found
admin-col-assigned = Assigned to
admin-col-received = Received
admin-col-reference = Reference
admin-col-record = Record
admin-col-records = Records
admin-col-holds = What it holds
admin-col-matched = Matched by
admin-col-decision = Decision
admin-col-store = Store
admin-col-field = Field
admin-col-held = We hold
admin-col-asked = Asked for
admin-col-held-in = Held in
admin-col-health = Health
admin-col-import = Last import
admin-col-note = Note
admin-col-entry = Entry
admin-col-when = When
admin-col-happened = What happened
admin-col-by = By
admin-col-request = Request
admin-col-leaf = Leaf
admin-col-event = Event
admin-col-from = From
admin-col-until = Until
admin-col-witness = Witness
admin-col-signed = Signed up to
admin-col-announced = Announced
admin-col-name = Name
admin-col-role = Role

## Buttons and ways back

admin-show = Show
admin-change = Change
admin-choose = Choose
admin-accept = Accept
admin-refuse = Refuse
admin-erase = Erase
admin-keep = Keep
admin-email = Email address
admin-text-missing = Write a text first
admin-date-wrong = Give the date as a day that exists
admin-value-long = Shorten this to 200 characters
admin-back-do-nothing = Go back, change nothing
admin-back-erase-nothing = Go back, erase nothing
admin-back-overview = Back to the overview
admin-back-request = Back to the request

## Pages that say one thing

admin-forbidden = Your role does not allow this
admin-forbidden-text = An administrator can change your role. Nothing was shown and nothing was changed.
admin-not-found = There is nothing at this address
admin-not-found-text = The request or entry may have been purged by the retention rules, or the address has a typing error.
admin-conflict = Someone changed this request while you looked at it
admin-conflict-text = Nothing of yours was saved. Open the request again, look at what changed, and decide once more.
admin-failed = That did not work
admin-failed-text = Nothing was changed. Try again in a minute; if it happens again, tell your administrator the reference below.
admin-incident = Reference of this failure:

## Signing in, and the own password

admin-sign-in-title = Staff sign-in
admin-sign-in = Sign in
admin-password = Password
admin-sign-in-wrong = Address and password do not belong together
admin-sign-in-wrong-next = Check both and try again. After several wrong tries an account rests for a while.
admin-sign-in-throttled = Too many tries
admin-sign-in-throttled-next = Too many tries came from your network. Try again in a few minutes.
admin-sign-in-lost = Lost your password? An administrator can give you a new one; nobody can by mail.
admin-sign-in-not-staff = Not staff? Review, correct or remove your own data without an account
admin-password-title = Change your password
admin-password-lead = Your other sessions end with it; this one goes on.
admin-password-old = Password until now
admin-password-new = New password
admin-password-hint = At least { $n } characters. A few words in a row are easier to keep than signs.
admin-password-short = The new password needs at least { $n } characters
admin-password-wrong = This is not your password
admin-password-long = The new password has at most { $most } characters
admin-password-button = Change password

## The second factor

admin-col-factor = Second factor
admin-factor-has = { $has ->
    [true] Authenticator app
   *[false] None
}
admin-factor-title = Your second factor
admin-factor-lead = With an authenticator app on your telephone, your password alone opens nothing: to sign in you also type a code that the app shows. Any app for one-time codes works.
admin-factor-required = Everybody here needs a second factor. Add yours, then you can go on.
admin-factor-off = Second factors are switched off here. Whoever runs Lethe can allow them in its configuration.
admin-factor-password-hint = To be sure that it is you.
admin-factor-begin = Add an app
admin-factor-scan = Scan this with your authenticator app.
admin-factor-qr = The key for your authenticator app, as a code to scan. The next step has it in letters.
admin-factor-type = Or type this key into it: by time, six digits.
admin-factor-then = Type the code that the app shows now.
admin-factor-confirm = Add it
admin-factor-code = Code from your authenticator app
admin-factor-code-lead = Your password is right. One more step, within ten minutes.
admin-factor-code-label = Code
admin-factor-code-hint = Six digits, new every 30 seconds. Each works once.
admin-factor-either-hint = Six digits from the app, or one of your recovery codes.
admin-factor-code-none = Type the six digits that the app shows, or a whole recovery code
admin-factor-code-wrong = This code is wrong, or it was used already. Wait for the next one in the app
admin-factor-code-rests = Too many codes were wrong. Try again in a quarter of an hour
admin-factor-code-lost = Lost the app and the recovery codes? An administrator can remove your second factor.
admin-factor-use-recovery = Telephone lost? Use a recovery code
admin-factor-recovery-label = Recovery code
admin-factor-recovery-hint = Sixteen letters and digits in four groups. Each works once.
admin-factor-other-account = Sign in with another account
admin-factor-codes = Too many wrong codes
admin-factor-codes-until = No code for this account is looked at before { $until }. Sign in again then.
admin-factor-codes-again = Sign in again to type another one.
admin-factor-there = To sign in you need your password and a code from your app.
admin-factor-app = Authenticator app
admin-factor-since = Since { $date }
admin-factor-recovery = Recovery codes
admin-factor-left = { $left ->
    [0] None left. Make new ones, or you are locked out when you lose the app
    [one] One left. Make new ones
   *[other] { $left } left
}
admin-factor-renew = Make new recovery codes
admin-factor-remove-own = Remove the app, for example to add a new telephone
admin-factor-sure = { $removes ->
    [true] Remove your second factor?
   *[false] Make new recovery codes?
}
admin-factor-sure-text = { $removes ->
    [true] The app and all recovery codes stop working at once, and your other sessions end.
   *[false] The recovery codes that you have stop working at once.
}
admin-factor-sure-button = { $removes ->
    [true] Remove it
   *[false] Make new ones
}
admin-recovery-title = Your recovery codes
admin-recovery-added = Your second factor is added. Your other sessions have ended.
admin-recovery-what = If you lose your telephone, one of these codes takes the place of the app at sign-in. Each works once.
admin-recovery-once = They stand here and nowhere else. Print them or write them down, and keep them apart from the telephone.
admin-recovery-kept = I have kept them; go on
admin-factor-remove = Remove
admin-factor-removal-title = Remove the second factor of { $name }?
admin-factor-removal-sure = Be sure that it is { $name } who asks, in person or by phone: afterwards the password alone signs in.
admin-factor-removal-sessions = Every session ends at once. The recovery codes stop working.
admin-factor-removal-letter = { $name } gets a mail that says so.
admin-factor-removal-button = Remove it for { $name }
admin-factor-reason = Why
admin-factor-reason-hint = For the audit trail. For example: telephone lost, seen in person.
admin-factor-no-reason = Say in 2 to 500 characters why
admin-password-rests = Too many passwords were wrong. Try again in a while
admin-done-factor-removed = The second factor is removed. A mail that says so is on its way.
admin-done-own-factor-removed = Your second factor is removed. Your other sessions have ended.

## What was done
admin-done-accepted = Accepted. The run has started.
admin-done-proposed = You have agreed. A second person must agree too.
admin-done-refused = Refused. The person gets the reason and the remedies by mail.
admin-done-extended = Extended. The person gets the reasons by mail.
admin-done-asked = The question is on its way.
admin-done-message = The answer is on its way.
admin-done-note = The note is saved.
admin-done-assigned = The assignment is saved.
admin-done-item = The decision on the record is saved.
admin-done-retried = The halted stores are tried again.
admin-done-entered = The request is entered.
admin-done-deactivated = The account is deactivated.

## Why something cannot be done
admin-why-not-proved = Identity is not proved yet
admin-why-already-proved = Identity is proved already
admin-why-already-decided = The request is decided already; the run works on it.
admin-why-not-decided = The request is not decided yet.
admin-why-already-waiting = A question is out already. Wait for its answer, or decide.
admin-why-open-candidates = Possible matches wait for your answer. Give it on the page of the request first.
admin-why-open-fields = Some values are not decided yet.
admin-why-stale = Someone changed this request while you looked at it. Nothing was done; the page shows how it stands now. Look at it and decide once more.
admin-why-run-started = The decision on this record is fixed: the run has started, or the request is closed.
admin-why-under-hold = A legal hold is in force on this person: nothing can be set to go now. Choose that it goes when the hold has ended, or a ground.
admin-why-nothing-to-correct = No value that was asked for differs from what we hold, or it was asked in words alone. Ask the person which value is wrong, or refuse with the reason.
admin-new-email-wrong = Write the new address like name@company.com

admin-done-handed-over = From here on it is done by hand. The task is on this page.
admin-done-task = Thank you. The run goes on by itself.
