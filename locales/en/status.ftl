# The page of a request, and the way to it.

follow-title = Follow your request
follow-lead = We mail you a fresh link to the page of each of your requests.
follow-email-hint = The address you asked with.
follow-send = Mail me the link
follow-reference = The reference from our mail is for talking to us. It opens nothing, so nobody who sees it can read your request.
follow-stale = This link does not work any more
follow-stale-text = It has been used up or is too old. We mail you a fresh one.
follow-sent-lead = If there is a request from { $email }, a mail with a link to it is on its way. If there is none, the mail says so.
# $link is the words of follow-wrong-link.
follow-wrong = Is the address right? If not, { $link }.
follow-wrong-link = try another one
link-title = Open your request
link-lead = One press, and you see how it stands.
link-open = Open my request
link-shared = On a computer that others use too, close the browser afterwards.

# Title and first sentence, for each way a request can stand.
status-unproved = Show us that it is you
status-unproved-lead = We cannot tell yet that this request comes from you. We have written to you what we need. Without it we cannot go on.
status-deciding = { $kind ->
    [review] We are collecting your data
    [rectification] We are looking at your correction
    [removal] We are looking at your removal request
   *[unsubscribe] We are looking at your request
}
status-deciding-lead = { $kind ->
    [review] We search every system we use. You hear from us by { $due }.
    [rectification] We compare what you wrote with what we hold. You hear from us by { $due }.
    [removal] We search every system we use and decide, record by record. You hear from us by { $due }.
   *[unsubscribe] You hear from us by { $due }.
}
status-question = We have a question
status-question-lead = Your answer helps us to go on. Write it below.
status-question-asks = We ask you
status-question-answer = Write your answer
status-refused = { $kind ->
    [review] We do not give you a copy
    [rectification] We do not change this
    [removal] We do not remove this
   *[unsubscribe] We cannot do this
}
status-refused-lead = Below is the reason, and what you can do if you think we are wrong.
status-refused-why = Why
status-running = Your data is being removed
status-running-lead = { $gone } of { $total } records are gone. The rest follows by itself; you need not wait here.
status-erased = Your data has been removed
status-kept = For now, we keep the data we have
status-erased-lead = { $kept ->
    [0] { $total ->
        [0] We searched every system we use and hold nothing about you.
        [one] The one record we had is gone. Nothing is left.
       *[other] All { $total } records are gone. Nothing is left.
    }
    [one] { $gone } of { $total } records are gone. One stays because the law says so, and it goes by itself.
   *[other] { $gone } of { $total } records are gone. { $kept } stay because the law says so, and they go by themselves.
}
status-bundle = Your copy is ready
status-bundle-lead = It holds everything we have about you, to read and as files for machines. It lies here until { $until }.
status-handed = Your copy is no longer here
status-handed-lead = We deleted our copy of it on { $on }. You can ask for a new one whenever you like.
status-corrected = { $corrected ->
    [0] We have left your data as it was
   *[other] { $left ->
        [0] Your data has been corrected
       *[other] Some of your data has been corrected
    }
}
status-corrected-lead = { $corrected ->
    [0] Below is the reason for each line.
   *[other] { $left ->
        [0] What you told us now stands everywhere. We read it back to be sure.
       *[other] We changed what we could and read it back. Below is the reason for each line that stays.
    }
}
status-withdrawn = You have withdrawn your request
status-withdrawn-lead = We stopped on { $on }. You can ask again whenever you like.

status-extended = It takes longer, until { $due }
status-extended-law = The law allows up to two more months for difficult requests (GDPR Article 12(3)). You can complain about this too.
status-due = You hear from us by
status-done = Done

# What was written and what happened.
status-messages = Messages
status-you = You
status-reply = Write to us about this request
status-reply-send = Send message
status-reply-sent = We have your message
status-code-sent = We have mailed you a code
status-went = How it went
step-waiting = Waiting
step-working = Being worked on
step-checking = Being checked
step-halted = One of us looks into it
status-withdraw = Changed your mind?
# $link is the words of status-withdraw-link.
status-withdraw-text = { $link }. We stop, and nothing more happens.
status-withdraw-link = Withdraw this request
status-stays = This page stays until { $until }. Then it is erased as well.
timeline-asked = { $kind ->
    [review] You asked for a copy of your data.
    [rectification] You asked us to correct your data.
    [removal] You asked us to remove your data.
   *[unsubscribe] You unsubscribed.
}
timeline-confirmed = { $kind ->
    [removal] You confirmed it with the code from our mail.
   *[other] You confirmed it.
}
timeline-checked = We checked that it is you.
timeline-question = We asked you a question.
timeline-answered = You answered.
timeline-extended = We told you that it takes longer.
timeline-accepted = We accepted your request.
timeline-refused = We refused your request.
timeline-withdrawn = You withdrew your request.
timeline-bundle = Your copy was ready.
timeline-held-gone = What we had kept for a legal claim was removed.
timeline-done = { $kind ->
    [review] Our copy was deleted. Closed.
    [rectification] The corrections were read back. Closed.
    [removal] The last system was checked. Closed.
   *[unsubscribe] Closed.
}
timeline-deciding = { $kind ->
    [review] We collect what all our systems hold about you.
    [rectification] We look at each value and decide.
    [removal] We look for you in all our systems and decide, record by record.
   *[unsubscribe] We look at your request.
}
timeline-running = We erase, and check that nothing is left.
timeline-next = { $kind ->
    [review] You download the copy with a code that we mail you.
    [rectification] We change it everywhere and tell everyone who got it from us.
    [removal] We erase, check that nothing is left, and tell you what went.
   *[unsubscribe] We tell you what we did.
}

# The end of a removal.
erased-where = What was removed, and where
erased-kept = What we keep, and why
erased-kept-use = We use these for what the law says and for nothing else.
erased-no-end = When the reason ends
erased-review = Reviewed by { $date }
erased-held = Some of it is needed for a legal claim. By the day of the review we look whether that is still so. Once it is not, we remove it without your asking again, and write to you.
erased-guard = Your address also stays in a form that nobody can read back. It has one use: if your details come to us again in an import, we drop them.

# The copy.
bundle-holds = It holds
bundle-size = Size
bundle-until = Here until
bundle-count = Downloaded
bundle-holds-records = { $count ->
    [one] { $count } record
   *[other] { $count } records
}
bundle-downloads = { $count ->
    [0] Not yet
    [one] Once
   *[other] { $count } times
}
bundle-code-send = Mail me a code
bundle-code-again = Mail me a new code
bundle-code-hint = Six digits, from the mail we have just sent.
bundle-download = Download my copy

# A correction.
corrected-done = Corrected
corrected-left = Left as it was
corrected-same = We hold this already, or hold nothing of this kind.

# Withdraw.
withdraw-title = Withdraw your request?
withdraw-lead = { $kind ->
    [review] We stop collecting, and you get no copy.
    [rectification] We stop, and what we hold stays as it is.
    [removal] We stop, and nothing is removed.
   *[unsubscribe] We stop, and nothing changes.
}
withdraw-again = You can ask again whenever you like.
withdraw-button = Withdraw { $reference }
withdraw-back = Go back, withdraw nothing

# Where to complain.
remedy-title = If you think we were wrong
remedy-write = Write to us.
# $link is the authority’s name.
remedy-complain = You can also complain to { $link } or go to court.

# Who was told of a removal or a correction (Art. 19).
notice-title = Whom we told
notice-lead = These have received data of the kind that was removed or corrected.
notice-told = Told on { $on }.
notice-queued = Is being told since { $on }.
notice-failed = Could not be reached yet. Our staff see to it.
notice-not-told = Not told one by one: { $reason }

step-with-person = One of us does it by hand
