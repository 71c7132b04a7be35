## One request

admin-action = { $action ->
    [acceptance] Accept…
    [rectification] Decide value by value…
    [refusal] Refuse…
    [extension] Extend…
    [question] Ask for more…
   *[run] Follow the run
}
admin-nothing-closed = Nothing is left to decide: the request is closed.
admin-nothing-unconfirmed = Nothing can be decided before the person has confirmed.
admin-nothing-searching = Nothing can be decided before every store has answered.
admin-nothing-role = Your role can read this request and decide nothing.
admin-assigned-to = Assigned to { $who }
admin-assigned-nobody = Assigned to nobody
admin-restricted-title = Processing is restricted
admin-restricted-text = Until this request is decided, the data may be stored and nothing else (Art. 18). Before it is lifted, the person is told.
admin-asked = What they ask for
admin-found = What was found
admin-found-erasure = { $records ->
    [one] { $records } record
   *[other] { $records } records
} in { $stores ->
    [one] { $stores } store
   *[other] { $stores } stores
}: { $erase } to erase, { $keep } to keep.
admin-found-all = { $records ->
    [one] { $records } record
   *[other] { $records } records
} in { $stores ->
    [one] { $stores } store
   *[other] { $stores } stores
}.
admin-searched = Searched { $when }, every store answered in full.
admin-found-incomplete = Not every store answered in full
admin-found-incomplete-next = The search runs again by itself; nothing can be accepted before.
admin-found-incomplete-link = See which store is not well
admin-found-nothing = No store holds anything of this person.
admin-found-not-yet = The stores were not searched yet.
admin-candidates = { $n ->
    [one] One record needs your eyes
   *[other] { $n } records need your eyes
}
admin-candidates-first = Answer before accepting
admin-candidate-legend = Is { $record } by the same person?
admin-candidate-question = Is this about { $person }?
admin-candidate-same = Same person, include it
admin-candidate-other = Someone else, leave it
admin-candidate-save = Save answer
admin-records = Records
admin-records-decided = Records and what becomes of them
admin-records-note = Proposed from the rules in force; change any of them.
admin-records-more = Show more records
admin-keep-until = Keep to { $date }
admin-not-theirs = Someone else’s, left alone
admin-undecided = Not decided
admin-conversation = Conversation
admin-conversation-empty = Nobody has written yet.
admin-reply = Answer
admin-reply-send = Send the answer
admin-reply-hint = They get a mail with a link; the text stays on their page.
admin-notes = Internal notes
admin-notes-hint = Only staff see them.
admin-note = Note
admin-note-save = Save note
admin-aside = About this request
admin-clock-due = Due { $date }
admin-clock-received = received
admin-clock-month = one month from receipt
admin-clock-months = three months from receipt
admin-clock-rolled = next working day
admin-clock-law = GDPR Art. 12(3), Reg. 1182/71 Art. 3. Calendar { $calendar }.
admin-clock-suspended = With the time the person takes to answer: { $date }. The date above stays in force.
admin-clock-target = Own target { $date }{ $late ->
    [0] .
    [one] , missed by { $late } day.
   *[other] , missed by { $late } days.
}
admin-clock-no-calendar = The calendar has no holidays for { $year }. The date may be too early, never too late.
admin-who-asks = Who asks
admin-fact-name = Name
admin-fact-address = Address
admin-fact-proof = Proof
admin-fact-checked = How it was checked
admin-fact-channel = Asked by
admin-fact-language = Language
admin-fact-covers = Covers
admin-covers = { $covers ->
    [some] Some of the data, as they wrote
   *[all] Everything
}
admin-assignment = Assignment
admin-assign = Assign
admin-earlier = Earlier requests
admin-earlier-none = None
admin-trail = Trail
admin-trail-count = { $n ->
    [one] { $n } entry
   *[other] { $n } entries
}

## Acceptance

admin-erase-title = Accept and erase { $n ->
    [one] { $n } record
   *[other] { $n } records
}?
admin-erase-button = Erase { $n ->
    [one] { $n } record
   *[other] { $n } records
}
admin-collect-title = Accept and collect { $n ->
    [one] { $n } record
   *[other] { $n } records
}?
admin-collect-button = Collect { $n ->
    [one] { $n } record
   *[other] { $n } records
}
admin-unsubscribe-title = Unsubscribe { $person } from every list?
admin-unsubscribe-button = Unsubscribe from every list
admin-accept-request = Request { $reference }, searched { $searched }.
admin-accept-final = What is erased cannot be brought back here.
admin-accept-then = What then happens by itself
admin-accept-hint = Whatever the second search finds beyond this list is treated by the same rules, or waits for your answer.
admin-erase-then-withdraw = From the moment you press the button, the person can no longer withdraw.
admin-erase-then-search = When every store is done, the same search runs again. { $keep ->
    [0] Only if it finds nothing does the request close.
    [one] Only if it finds nothing but the one record kept does the request close.
   *[other] Only if it finds nothing but the { $keep } records kept does the request close.
}
admin-erase-then-certificate = The person gets a mail that says what went and names the ground of everything that is kept, and a certificate that anyone can check.
admin-collect-then-stores = Every store is read and the bundle is put together: to read, and as JSON and CSV.
admin-collect-then-mail = The person gets a mail and opens the bundle on their page with a fresh code.
admin-collect-then-until = It can be downloaded for { $days } days, each download is counted, and then it is erased.
admin-correct-title = Close this request without a change?
admin-correct-then-nothing = No value that we hold differs from what was asked for, so nothing is written. The person gets a mail that says so.
admin-correct-button = Close without a change
admin-unsubscribe-then-lists = The address gets no more mail from any list, as of now, and no import changes that.
admin-unsubscribe-then-mail = The person gets one mail that says so.
admin-second-needed = A second person must agree
admin-second-needed-text = Your word alone starts nothing.
admin-second-button-first = Agree to erase { $n ->
    [one] { $n } record
   *[other] { $n } records
}
admin-second-first = { $by } agreed, { $at }
admin-second-yours = Your agreement is the second one: the button below does it.
admin-second-not-you = It now takes someone else who may decide.

## Refusal

admin-refusal-title = Refuse the request of { $person }?
admin-refusal-lead = A refusal needs a reason from the law and names the remedies (Art. 12(4)).
admin-reason-label = Reason
admin-reason = { $reason ->
    [identity_not_established] We cannot establish identity (Art. 12(2), 12(6), 11(2))
    [manifestly_unfounded] Manifestly unfounded (Art. 12(5))
    [excessive] Excessive (Art. 12(5))
    [legal_obligation] A law obliges us to keep it (Art. 17(3)(b))
    [legal_claims] Needed for legal claims (Art. 17(3)(e))
    [freedom_of_expression] Freedom of expression and information (Art. 17(3)(a))
    [third_party_rights] Rights of other people (Art. 15(4))
    [not_controller] We act for a customer, who must decide (Art. 28(3)(e))
    [accurate_as_is] It is accurate as it stands (Art. 16)
   *[already_done] It was done already
}
admin-refusal-details = Explanation
admin-refusal-details-hint = In plain words, in the person’s language: { $language }. The person reads exactly this.
admin-refusal-no-reason = Choose a reason
admin-refusal-no-details = Explain the refusal in a sentence or two
admin-refusal-evidence = For “manifestly unfounded” and “excessive” the burden of proof is ours (Art. 12(5)): put the evidence into the explanation.
admin-remedies = What goes with it
admin-remedies-law = Art. 12(4), in the person’s language
admin-refusal-button = Refuse the request

## Extension

admin-extension-title = Extend by two months?
admin-extension-lead = Possible once, within the first month, and only with reasons. The person is told now (Art. 12(3)).
admin-extension-now = Due now
admin-extension-new = Due then
admin-extension-details = Reasons
admin-extension-details-hint = The person reads exactly this. Say what takes the time.
admin-extension-no-details = Give the reasons; an extension without them is void
admin-extension-button = Extend and tell the person
admin-extension-late = The first month is over since { $date }
admin-extension-late-text = An extension must reach the person within it (Art. 12(3)). Decide now, or ask for what is missing.
admin-extension-twice = It was extended already, to { $date }
admin-extension-twice-text = The law knows one extension (Art. 12(3)).

## Question

admin-question-title = Ask { $person } for more
admin-question-lead = Ask only what you need to go on. Ask for more proof of identity only where there is reasonable doubt (Art. 12(6)).
admin-question-details = Question
admin-question-details-hint = The person reads exactly this and answers on their page.
admin-question-no-details = Write your question
admin-question-clock = We count the clock as suspended from { $date }
admin-question-strict = The text of the regulation knows no suspension, so { $date } stays in force and stays first on the page.
admin-question-button = Send the question

## One record

admin-item-question = What becomes of it?
admin-item-now = Decided now: { $decision }.
admin-item-erase-hint = It is gone for good, and no import brings it back.
admin-item-keep-hint = The person is told the ground and the date.
admin-item-ground = Ground
admin-item-ground-hint = Only if it is kept.
admin-item-no-ground = Choose the ground on which it is kept
admin-item-until = Kept until
admin-item-reason = Why you change it
admin-item-reason-hint = Stays inside; it stands in the record of this request.
admin-item-no-reason = Say why you change it
admin-item-no-choice = Choose erase or keep
admin-item-save = Save the decision

## Run

admin-run-erasing = Erasing { $n ->
    [one] { $n } record
   *[other] { $n } records
}
admin-run-erased = { $n ->
    [one] { $n } record erased
   *[other] { $n } records erased
}
admin-run-collecting = Collecting { $n ->
    [one] { $n } record
   *[other] { $n } records
}
admin-run-writing = Writing { $n ->
    [one] { $n } value
   *[other] { $n } values
}
admin-run-as-of = As of { $now }, started { $started } by { $who }
admin-run-seen = As of { $now }
admin-run-unsubscribing = Unsubscribing from every list
admin-run-look-again = Look again
admin-run-live = Live
admin-run-held = What we still hold
admin-run-figures = { $gone } gone, { $todo } still to go{ $kept ->
    [0] {""}
    [one] , { $kept } stays by law
   *[other] , { $kept } stay by law
}
admin-run-gone = Gone
admin-run-todo = Still to go
admin-run-kept = Kept on a legal ground
admin-progress = { $state ->
    [waiting] Waits
    [searched] Searched, waits
    [working] Moving
    [verifying] Searching again
    [with_person] With a person
    [halted] Halted
   *[done] Done
}
admin-run-left = { $left ->
    [0] Nothing left
   *[other] { $left } of { $total } left
}
admin-run-left-kept = { $kept } kept by law
admin-run-read-back = { $when }, read back empty
admin-run-tried = { $n ->
    [one] Tried once
   *[other] Tried { $n } times
}
admin-run-mend = What to do
admin-run-retry = Try again
admin-run-ahead = Before it closes
admin-run-next-stores = Every store reports done
admin-run-next-search = The same search runs again and finds only what is kept
admin-run-next-tell = The request closes and the person is written to

## Correction, value by value

admin-values = { $values ->
    [one] One value
   *[other] { $values } values
} in { $stores ->
    [one] one store
   *[other] { $stores } stores
}
admin-values-note = Red goes, green comes. Each line is its own decision.
admin-values-none = No value that we hold differs from what was asked for.
admin-nothing-held = Nothing
admin-value-decision = Decision on { $name }
admin-value-reason = Why you refuse a value
admin-value-reason-hint = Only if you refuse one. The person reads it, with their right to complain and to go to court.
admin-value-reason-none = I refuse none
admin-value-undecided = Accept or refuse every value
admin-values-button = Decide these values
admin-values-back = Leave undecided
admin-values-hint = Each accepted value is written to every store that holds it and read back.

## Legal holds on the pages of a request

admin-hold-tag = Legal hold
admin-hold-notice = Under a legal hold, to be reviewed by { $review }
admin-hold-notice-text = Nothing of this person goes before the hold has ended, not before { $until } unless it is lifted. The person is told the ground (Art. 17(3)(e)), the day of the review and the remedies, and not what it is about.
admin-hold-waits = Goes when the hold ends
admin-hold-accept-title = Accept, and keep { $n ->
    [one] { $n } record
   *[other] { $n } records
} under the hold?
admin-hold-accept = Accept and answer
admin-hold-then-kept = { $n ->
    [0] Nothing is set to go.
    [one] The one record that is set to go stays under the hold, blocked where its store can.
   *[other] The { $n } records that are set to go stay under the hold, blocked where their store can.
}
admin-hold-then-told = The request is answered now, with the ground, the day of the review and the remedies.
admin-hold-then-gone = When the hold has ended, the records go by themselves, and the person hears of it.
admin-hold-later = Erase when the hold has ended
admin-hold-later-hint = It goes by itself then. Until then nothing of this person can be set to go.

admin-run-task = By hand, until { $when }
admin-run-task-done = Done by hand, { $when }
admin-run-by-hand = Do it by hand
admin-run-by-hand-hint = The program stops here, and you say what you did.
admin-task-title = By hand: { $store }
admin-task-lead = No program reaches this, or it may not. You look, you act, and you say what you did. The trail notes it under your account.
admin-task-due = Until
admin-task-address = Address
admin-task-name = Name
admin-task-owner = Whose task
admin-task-done = Done
admin-task-records = Which records
admin-task-others-hint = Tick what turned out to be somebody else’s. It stays as it is, and the certificate counts it as not this person’s. All the others count as done with what you say below.
admin-task-said = What was said
admin-task-question = Was anything of this person there?
admin-task-yes = { $kind ->
    [access] Yes, and I have written down what
    [rectification] Yes, and it is right now
   *[erasure] Yes, and it is gone now
}
admin-task-no = No, I looked and found nothing
admin-task-found-missing = Say whether anything was there.
admin-task-words = What did you do?
admin-task-words-hint = { $kind ->
    [access] Everything that is held there. The person reads it in their copy.
   *[other] For your colleagues and for an auditor. Please name nobody.
}
admin-task-then = Where a program can look, it looks once more. What it still finds comes back to you.
admin-task-button = I have done this
