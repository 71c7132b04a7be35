# The privacy statement: every rule as a sentence.

# Periods, and the event that they count from. Both stand in the sentences below.
rule-days = { $n ->
    [one] { $n } day
   *[other] { $n } days
}
rule-months = { $n ->
    [one] { $n } month
   *[other] { $n } months
}
rule-years = { $n ->
    [one] { $n } year
   *[other] { $n } years
}

rule-anchor-evaluation-start = the start of the trial
rule-anchor-evaluation-end = the end of the trial
rule-anchor-first-received = the day on which the record reached us
rule-anchor-last-maintenance-end = the end of the last maintenance period, over all your licences
rule-anchor-unsubscribed = the end of your subscription: the last licence has ended and the last app is uninstalled
rule-anchor-uninstalled = the uninstallation of the app
rule-anchor-ticket-closed = the closing of the ticket
rule-anchor-sale-year-end = the end of the year of the sale
rule-anchor-backup-made = the making of the backup
rule-anchor-asked = your request
rule-anchor-told = the event that our staff note

rule-back-last-maintenance-end = A renewal takes that back.
rule-back-unsubscribed = A new licence or installation takes that back.
rule-back-uninstalled = A new installation takes that back.
rule-back-ticket-closed = Opening the ticket again takes that back.

# How long: the promise in a sentence.
rule-kept = Kept for { $period } after { $anchor }.
rule-at-latest = Removed at the latest { $period } after { $anchor }.
rule-at-least = Kept for at least { $period } and at most { $latest } after { $anchor }.
rule-immediate = Removed at once after { $anchor }, on the next day at the latest.
rule-immediate-asked = Removed without delay after { $anchor }.
rule-marked = Marked for removal with { $anchor }, and removed { $period } later.
rule-duty = Kept for { $period } after { $anchor }, because the law demands it.
rule-while-active = Removed on the day after { $anchor }.

# What happens at the end.
rule-act-erase = It is deleted.
rule-act-anonymise = What identifies you is taken out of it.
rule-act-block = Until then it is locked away and used for nothing else. Then it is deleted.

rule-source-licence-report = the marketplace’s report of licences
rule-source-sales-report = the marketplace’s report of sales
rule-source-feedback-report = the marketplace’s report of uninstallations
rule-source-help-desk = our help desk
rule-source-connect = the app itself (Atlassian Connect)
rule-source-forge = the app itself (Atlassian Forge)
rule-source-backups = our catalogue of backups
rule-source-staff = our staff
rule-source-request = your request

rule-category-trial = contacts of trials
rule-category-licence = contacts of licences
rule-category-billing = contacts on invoices
rule-category-ticket = support tickets
rule-category-installation = installations of apps
rule-category-backup = backups
rule-category-outside = data in our other systems

# Grounds of Article 6(1), before the article itself.
rule-ground-consent = Your consent
rule-ground-contract = A contract with you or your company
rule-ground-duty = A legal duty
rule-ground-vital = Vital interests
rule-ground-public = A public task
rule-ground-interest = Our legitimate interest in the purpose named here
# $article is written as lawyers of this language write it.
rule-ground = { $ground } ({ $article })

stm-why-billing = Bookkeeping and tax. It is used for nothing else once it is locked away
stm-why-backup = To bring our systems back after a loss
stm-why-outside = To provide the app or service in which it lies

stm-title = Privacy statement of { $vendor }
stm-lead = What { $vendor } knows about you, why, for how long, and how to change that.
stm-version = Version { $version }.
stm-version-since = Version { $version }, in force since { $since }.
stm-made = This text is written from the rules that our systems follow, so the two cannot differ.
stm-markdown = plain text
stm-json = JSON for programs
stm-controller = Who answers for your data
stm-controller-mail = Write to { $addresses }.
stm-kept = What we keep, and for how long
stm-kept-lead = Where several periods fit, the shortest counts, unless a law demands a longer one.
stm-period = How long
stm-after = Then
stm-source = Where the date comes from
stm-place = Where it lies
stm-law = Law
stm-promise = The sentence that this rule keeps
stm-choice = What we chose where the sentence is silent, and why
stm-backups = Backups
stm-backups-lead = What is removed stays in backups until they expire: { $days ->
    [one] { $days } day
   *[other] { $days } days
} at the most. Until then backups are used only to restore a system after a loss, and what was removed before is removed again first.
stm-backups-none = We make no backups.
stm-statistics = Statistics
stm-statistics-lead = What we count, and whether it can lead to you. What can lead to you is inside every request that you make.
stm-statistic-link = Can it lead to you?
stm-statistic-linkable = Yes: it can be linked to a person by { $by }. It is pseudonymous, and inside every request.
stm-statistic-anonymous = No: nothing in it can be linked to a person.
stm-statistic-fields = Consists of
stm-english-only = in English only
stm-own = What this portal itself keeps
stm-recipients = Who else receives it
stm-recipients-lead = Only those named here, and whom a law names. Each of them is told when your data is removed or corrected, as far as that is possible; ask us whom we told.
stm-recipients-none = Nobody, unless a law demands it.
stm-recipient-processor = Works with it for us and as we say, under a contract (Article 28 GDPR).
stm-recipient-controller = Decides itself what it does with it.
stm-recipient-gets = Receives
stm-recipient-told-mail = Told of removals and corrections by mail.
stm-recipient-told-webhook = Told of removals and corrections by a signed message.
stm-recipient-told-none = Not told one by one: { $reason }
stm-transfer = Transfer
stm-transfer-none = Stays in the European Economic Area.
stm-transfer-adequacy = Leaves the European Economic Area. The Commission found the protection there adequate (Article 45 GDPR).
stm-transfer-binding-rules = Leaves the European Economic Area, under binding corporate rules (Article 46(2)(b) GDPR). Ask us for a copy.
stm-transfer-standard-clauses = Leaves the European Economic Area, under standard data protection clauses (Article 46(2)(c) GDPR). Ask us for a copy.
stm-transfer-code-of-conduct = Leaves the European Economic Area, under an approved code of conduct (Article 46(2)(e) GDPR). Ask us for a copy.
stm-transfer-certification = Leaves the European Economic Area, under an approved certification (Article 46(2)(f) GDPR). Ask us for a copy.
stm-rights = Your rights, and how to use them
stm-right-access = Article 15
stm-right-rectification = Article 16
stm-right-erasure = Article 17
stm-right-objection = Article 21(2)
stm-more = You may also take your data elsewhere (Article 20), have us limit what we do with it (Article 18), and object on grounds of your own situation where we rely on a legitimate interest (Article 21(1)). Write to us. What you have consented to you can take back at any time; what was done before stays lawful.
stm-month = We answer within a month, and free of charge. To be sure that it is you, we write to the address that your data has; nobody needs an account.
stm-automated = No computer decides about you here; people do.
stm-needed = A licence, a trial or a support ticket needs somebody to write to. Without a contact we cannot provide it; nothing else obliges you to give us data.
stm-channels = Ways to reach us
stm-channel-portal = This portal
stm-channel-portal-text = Every right, without an account, at { $link }.
stm-channel-mail = Mail
stm-channel-mail-text = Every right, at { $addresses }. We ask back before anything happens.
stm-channel-link = The Unsubscribe link in each of our mails
stm-channel-link-text = It ends the mails at once, and offers the other rights.
stm-channel-mailto = Mail programs can unsubscribe at { $address }.
stm-channel-here = Through this portal.
stm-complain = Complaints
stm-complain-text = Tell us first if you like. You can always complain to { $authority } or to the authority where you live.
stm-own-trail = The record of what was done, without names
stm-own-trail-why = To show that nothing was done in secret, and that a request was answered
stm-own-trail-gone = { $years ->
    [one] { $years } year after the end of the year of the deed
   *[other] { $years } years after the end of the year of the deed
}; words of our staff beside it { $days ->
    [one] { $days } day after it
   *[other] { $days } days after it
}
stm-store-gone = Removed when you ask us to.
