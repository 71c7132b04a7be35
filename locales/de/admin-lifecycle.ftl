## Installations of apps

admin-installations-title = Installationen
admin-installations-lead = Wo Ihre Apps installiert sind, seit wann, bis wann, und wer das sagt.
admin-installations-search = Hostname der Instanz oder Client Key
admin-installations-button = Suchen
admin-installations-no-query = Geben Sie einen Hostnamen oder Schlüssel ohne Leerzeichen an
admin-installations-found = { $n ->
    [0] Keine Installation
    [one] Eine Installation
   *[other] { $n } Installationen
}
admin-installation-app = App
admin-installation-site = Instanz
admin-installation-key = Client Key
admin-installation-since = Installiert am
admin-installation-end = Deinstalliert am
admin-installation-stands = Installiert
admin-installation-ended = { $date }, laut { $source }
admin-installation-now = Wie es steht
admin-installation-told = Was gemeldet wurde
admin-installation-silent = Gemeldet wurde nichts. Was dasteht, kam mit einem Import.
admin-installation-what = Was geschah
admin-installation-when = Wann
admin-installation-source = Wer es sagt
admin-installation-heard = Erfahren
admin-installation-enter = Eintragen oder berichtigen
admin-installation-enter-note = Fristen der Datenschutzerklärung zählen ab diesem Tag. Was eine App später meldet, gilt von da an weiter.
admin-installation-as-uninstalled = Sie wurde deinstalliert
admin-installation-as-installed = Sie ist installiert: ein bekanntes Ende ist falsch, oder sie wurde neu installiert
admin-installation-no-choice = Geben Sie an, was geschah
admin-installation-on = An welchem Tag
admin-installation-reason = Warum Sie es eintragen
admin-installation-no-reason = Geben Sie an, warum Sie es eintragen
admin-installation-button = Eintragen
admin-done-lifecycle = Es ist eingetragen.
admin-lifecycle-source = { $source ->
    [connect] App (Connect)
    [forge] App (Forge)
    [licence-report] Lizenzbericht
    [feedback-report] Feedback-Bericht
   *[staff] Mitarbeitenden
}
admin-lifecycle-event = { $event ->
    [installed] Installiert
    [uninstalled] Deinstalliert
    [enabled] Eingeschaltet
    [disabled] Ausgeschaltet
   *[unsubscribed] Abonnement beendet
}

## The same on the command line

lifecycle-which-app = mehrere Apps haben diesen Client Key; sagen Sie mit --app, welche
lifecycle-future = Dieser Tag kommt erst noch
lifecycle-stands = Sie wurde nach diesem Tag installiert; geben Sie einen späteren an
lifecycle-ended-later = Sie wurde nach diesem Tag deinstalliert; geben Sie einen späteren an
