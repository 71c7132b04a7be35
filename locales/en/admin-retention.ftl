## Retention: what falls due, sweeps, and what was late

admin-nav-retention = Retention
admin-retention-title = What falls due
admin-retention-lead = { $n ->
    [one] One record in the next { $days } days, by the rules in force.
   *[other] { $n } records in the next { $days } days, by the rules in force.
}
admin-retention-change = Try a change…
admin-retention-days = Records a day
admin-retention-chart = Chart of the next days
admin-retention-chart-text = Records that fall due on each of the next 90 days. The numbers by week are below.
admin-retention-weeks = The same in numbers, by week
admin-retention-week = Week from
admin-retention-rules = Rules in force
admin-retention-version = Version { $version }. The privacy statement is made from these.
admin-retention-data = Data
admin-retention-goes = Goes
admin-retention-ground = Ground
admin-retention-next = Next 90 days
admin-retention-dateless = { $n ->
    [one] One record has no date yet ({ $what }): its period has not begun, or nobody told when.
   *[other] { $n } records have no date yet ({ $what }): their period has not begun, or nobody told when.
}
admin-sweep-waits = { $n ->
    [one] One record waits for a person
   *[other] { $n } records wait for a person
}
admin-sweep-why = { $why ->
    [report-old] The newest report of licences is old, so a renewal may be unknown. Import a new one; the next sweep counts anew. Or look at them and let the sweep go on.
   *[large] That is more than usual, so the sweep did not start by itself. Look at the numbers before you let it go on: what is removed does not come back.
}
admin-sweep-confirm = Let the sweep go on
admin-done-sweep = The sweep goes on.
admin-sweeps = Sweeps
admin-sweeps-note = Once a day. A sweep is done when nothing that is due is found any more.
admin-sweeps-none = There was no sweep yet. The first one comes within a day.
admin-sweep-state = { $state ->
    [waiting] Waits for a person
    [purging] Goes on
   *[done] Done and checked
}
admin-sweep-due = Due
admin-sweep-done = Gone
admin-sweep-late = Late
admin-sweep-by = By
admin-incidents = Removed too late
admin-incidents-note = Each is a promise that was not kept on its day. Say why, and what you did so that it does not come again.
admin-late = { $n ->
    [one] { $what }: one record was removed or locked away after { $by }
   *[other] { $what }: { $n } records were removed or locked away, the first of them due by { $by }
}
admin-incident-words = What happened
admin-incident-hint = It stays here, for auditors.
admin-incident-settle = Settle
admin-done-settled = The incident is settled.
retention-settle-words = Write a sentence or two, at most 2,000 characters.
admin-change-title = Try a change of the rules
admin-change-lead = See what other rules would do before they are in force. Nothing is changed here; the rules in force are the file that the configuration names.
admin-change-rules = Rules
admin-change-hint = The text of a policy file.
admin-change-try = Show the effect
admin-change-wrong = These rules cannot be kept
admin-change-problems = What cannot be kept
admin-change-effect = The effect
admin-change-untouched = Nothing was touched. Put the text into the policy file and start Lethe anew to have it in force.
admin-change-due-now = Due now, in force
admin-change-due-then = Due now, changed
admin-change-next-now = Next 90 days, in force
admin-change-next-then = Next 90 days, changed
retention-category = { $category ->
    [trial] Trials
    [licence] Licences
    [billing] Invoices
    [ticket] Tickets
    [installation] Installations
    [backup] Backups
   *[outside] Outside
}
retention-period = { $unit ->
    [days] { $n ->
        [one] one day
       *[other] { $n } days
    }
    [months] { $n ->
        [one] one month
       *[other] { $n } months
    }
   *[years] { $n ->
        [one] one year
       *[other] { $n } years
    }
}
# Follows "after".
retention-anchor = { $anchor ->
    [evaluation-start] the start of the trial
    [evaluation-end] the end of the trial
    [first-received] it was received
    [last-maintenance-end] the end of the last maintenance period
    [unsubscribed] the customer left
    [uninstalled] the app was uninstalled
    [ticket-closed] the ticket was closed
    [sale-year-end] the end of the year of the sale
    [backup-made] the backup was made
    [asked] somebody asks
   *[told] staff say that it is time
}
retention-goes = { $kind ->
    [keep_for_then_delete] { $period } after { $anchor }
    [at_latest] At the latest { $period } after { $anchor }
    [at_least] At least { $period } and at most { $most } after { $anchor }
    [immediate] At once, after { $anchor }
    [mark_for_deletion] Marked, and gone { $period } after { $anchor }
    [legal_duty] Blocked when nothing else needs it, gone { $period } after { $anchor }
   *[while_active] The day after { $anchor }
}
