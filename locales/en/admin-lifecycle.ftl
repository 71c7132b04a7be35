## Installations of apps

admin-installations-title = Installations
admin-installations-lead = Where your apps are installed, since when, until when, and who says so.
admin-installations-search = Host of the site, or client key
admin-installations-button = Search
admin-installations-no-query = Give a host or a key, without spaces
admin-installations-found = { $n ->
    [0] No installation
    [one] One installation
   *[other] { $n } installations
}
admin-installation-app = App
admin-installation-site = Site
admin-installation-key = Client key
admin-installation-since = Installed on
admin-installation-end = Uninstalled on
admin-installation-stands = Installed
admin-installation-ended = { $date }, says { $source }
admin-installation-now = How it stands
admin-installation-told = What was told
admin-installation-silent = Nothing was told of it. What stands came with an import.
admin-installation-what = What happened
admin-installation-when = When
admin-installation-source = Who says so
admin-installation-heard = Heard
admin-installation-enter = Enter or correct it
admin-installation-enter-note = Periods of the privacy statement count from this day. What an app tells later goes on from it.
admin-installation-as-uninstalled = It was uninstalled
admin-installation-as-installed = It is installed: an end that is known is wrong, or it was installed anew
admin-installation-no-choice = Say what happened
admin-installation-on = On which day
admin-installation-reason = Why you enter it
admin-installation-no-reason = Say why you enter it
admin-installation-button = Enter
admin-done-lifecycle = It is entered.
admin-lifecycle-source = { $source ->
    [connect] the app (Connect)
    [forge] the app (Forge)
    [licence-report] the licence report
    [feedback-report] the feedback report
   *[staff] staff
}
admin-lifecycle-event = { $event ->
    [installed] Installed
    [uninstalled] Uninstalled
    [enabled] Switched on
    [disabled] Switched off
   *[unsubscribed] Subscription ended
}

## The same on the command line

lifecycle-which-app = several apps have this client key; say which with --app
lifecycle-future = This day is still to come
lifecycle-stands = It was installed after this day; give a later one
lifecycle-ended-later = It was uninstalled after this day; give a later one
