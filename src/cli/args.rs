//! The command line: every command, its arguments and its help.
//!
//! Owns the words a person types and nothing that happens afterwards. No argument ever takes a
//! secret: the command line is visible to everyone on the machine.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use jiff::civil::Date;
use uuid::Uuid;

use crate::audit::note::{KeyError, KeyKind, VerifierKey};
use crate::domain::request::Kind;

/// A portal where people ask for their data: to review, correct or remove it, or to unsubscribe.
#[derive(Debug, Parser)]
#[command(
    name = "lethe",
    version,
    disable_help_subcommand = true,
    after_help = "\
Without a command: serve.

Exit codes: 0 done, 1 the answer is no (a problem found, a proof that fails), 2 wrong use.

To look around, without any configuration:
  lethe demo

To run it for real:
  cp lethe.example.toml lethe.toml      fill in who you are
  lethe keys init                       the keys everything is sealed with
  lethe migrate                         the tables
  lethe staff add ann@vendor.example --name 'Ann Vos' --role administrator
  lethe check                           what is still missing
  lethe serve"
)]
pub struct Cli {
    /// The configuration; without it, lethe.toml in this folder
    #[arg(long, value_name = "FILE", env = "LETHE_CONFIG", global = true)]
    pub config: Option<PathBuf>,

    #[command(subcommand)]
    command: Option<Command>,
}

impl Cli {
    /// What to do; `serve` if nothing was said.
    pub fn command_or_serve(self) -> Command {
        self.command.unwrap_or(Command::Serve { no_worker: false })
    }
}

/// What `lethe` can do.
#[derive(Debug, PartialEq, Eq, Subcommand)]
pub enum Command {
    /// Try Lethe: sample data, a staff account, and a page instead of a mail server
    #[command(after_help = "\
Prints the addresses to open, a name and password for staff, and three sample customers.
It needs no configuration and listens on this machine only.

Example:
  lethe demo --data /tmp/lethe-demo")]
    Demo {
        /// The folder for everything; new or empty. Without it, a fresh temporary one
        #[arg(long, value_name = "DIR")]
        data: Option<PathBuf>,
        /// The address and port; loopback only
        #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080", value_parser = loopback)]
        bind: SocketAddr,
    },

    /// Answer the web and do the jobs, in one process
    #[command(after_help = "\
Example, the web in one process and the jobs in another:
  lethe serve --no-worker
  lethe worker")]
    Serve {
        /// The web alone; `lethe worker` does the jobs
        #[arg(long)]
        no_worker: bool,
    },

    /// Do the jobs alone: send mail, carry out erasures, sweep
    #[command(after_help = "\
Example:
  lethe worker --config /etc/lethe/lethe.toml")]
    Worker,

    /// Watch over the audit trails of others: cosign each checkpoint that only added to the last
    #[command(after_help = "\
It is of use on another machine, run by another person. It needs no configuration and
no database, and keeps of each log its name, size and root. It prints its own public
key, for the people who will rely on it. Stop it with Ctrl-C or SIGTERM.

Give --log once for each log, and once more for a new key of the same log.

Example:
  lethe witness --name witness.example/w1 --state /var/lib/lethe-witness \\
      --bind 127.0.0.1:8090 \\
      --log audit.vendor.example/dsr-log+2d4681d2+AddamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea")]
    Witness(WitnessArgs),

    /// Make or update the tables of the database
    #[command(after_help = "\
It can be run again at any time.

Example:
  LETHE_DATABASE_URL=sqlite:lethe.db lethe migrate")]
    Migrate,

    /// Say what is wrong with configuration, keys, calendar, database, stores and letters
    #[command(after_help = "\
A line for each problem, and exit code 1 if there is one.

Example:
  lethe check && lethe serve")]
    Check {
        /// Print JSON, for a program
        #[arg(long)]
        json: bool,
    },

    /// Read an export into a store, past what was erased and corrected
    #[command(after_help = "\
The format, JSON or CSV, is seen from the content. Prints how many records were
read, written, unchanged, suppressed and refused. It can be run again.

Example, first without writing anything:
  lethe import licences licences.json --dry-run")]
    Import {
        /// What the file holds
        store: ImportStore,
        /// The export, JSON or CSV
        file: PathBuf,
        /// Write nothing, only tell what would happen
        #[arg(long)]
        dry_run: bool,
        /// Leave out records that cannot be read, instead of refusing the whole file
        #[arg(long)]
        skip_bad: bool,
        /// Print JSON, for a program
        #[arg(long)]
        json: bool,
    },

    /// Enter a request that came by phone, letter, mail or in person
    #[command(after_help = "\
The deadline counts from the day it arrived, not from today.

Example:
  lethe request removal --email kim@customer.example --via phone --received-on 2026-11-18")]
    Request(RequestArgs),

    /// Check a certificate, a proof or an exported trail, with keys alone
    #[command(after_help = "\
Needs no configuration, no database and no network. The key is the vendor's public key,
one line NAME+ID+KEY; take it from the vendor's page or from a letter, not from the file.
Give --key again for an earlier key of the same vendor.

Exit codes: 0 verified; 1 refused, or a named witness is missing, or it is about another
address; 2 wrong use, or the file cannot be read.

Examples:
  lethe verify certificate.json \\
      --key audit.vendor.example/dsr-log+2d4681d2+AddamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea
  lethe verify certificate.json --salt certificate-salt.txt --address kim@customer.example \\
      --key audit.vendor.example/dsr-log+2d4681d2+AddamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea")]
    Verify(VerifyArgs),

    /// Print the privacy statement that follows from the rules in force
    #[command(after_help = "\
It says the same as /privacy. With --version, the statement as it was while that version
was in force; requests, certificates and the trail name the version.

Examples:
  lethe statement --lang de --format html > datenschutz.html
  lethe statement --versions
  lethe statement --version 4be1c09a7f12 --format policy")]
    Statement(StatementArgs),

    /// The registers that the law asks for
    #[command(subcommand)]
    Register(RegisterCommand),

    /// The audit trail
    #[command(subcommand)]
    Audit(AuditCommand),

    /// What the rules of the privacy statement let go, and when
    #[command(subcommand)]
    Retention(RetentionCommand),
    /// Make a backup of the database, verify it, and enter it in the catalogue
    #[command(after_help = "\
It can run while Lethe works. The file is new, readable by this account alone, and looked
through before it counts: integrity, rows of each table, entries of the trail. With
backup.recovery_key it is sealed. The key file and the erasure journal are not in it: keep
copies of both elsewhere. On PostgreSQL the programs pg_dump and pg_restore are needed.

Example, every night:
  lethe backup /mnt/backups/lethe-2026-11-22.backup")]
    Backup(BackupArgs),

    /// The catalogue of backups: list, enter those of other systems, forget
    #[command(subcommand)]
    Backups(BackupsCommand),

    /// Put a backup back, and erase again whom it brings back
    #[command(after_help = "\
Stop every process first. Key file, erasure journal and its .checkpoint stay as they are,
in their newest state. The database must be empty, or --replace moves it aside. Then the
journal is replayed; until that is done, nothing opens the database.

With several machines, name the journal of each other one. Without FILE the database is
taken as it is, put back by other means, or by a restore that stopped.

Examples:
  lethe restore /mnt/backups/lethe-2026-11-20.backup --replace
  lethe restore lethe.backup --recovery-key-file /media/stick/recovery.key
  lethe restore lethe.backup --recovery-key-file /media/stick/recovery.key --intake /mnt/other/intake
  lethe restore --journal other.erasures")]
    Restore(RestoreArgs),

    /// The erasure journals that the database knows
    #[command(subcommand)]
    Journals(JournalsCommand),

    /// The keys that requests are sealed with
    #[command(subcommand)]
    Keys(KeysCommand),

    /// Accounts of staff
    #[command(subcommand)]
    Staff(StaffCommand),

    /// Mail that comes in
    #[command(subcommand)]
    Mail(MailCommand),

    /// Who has unsubscribed
    #[command(subcommand)]
    Suppressions(SuppressionsCommand),

    /// Legal holds: what concerns a person stays while one is in force
    #[command(subcommand)]
    Holds(HoldsCommand),

    /// How the stores are, and what one would find of a person
    #[command(subcommand)]
    Stores(StoresCommand),

    /// Copies of data that were taken outside the stores
    #[command(subcommand)]
    Copies(CopiesCommand),

    /// Tokens with which mailing tools ask by the API, and apps tell
    #[command(subcommand)]
    Tokens(TokensCommand),

    /// Enter that an app was installed or uninstalled
    #[command(subcommand)]
    Lifecycle(LifecycleCommand),

    /// Make unsubscribe links and mail headers for a newsletter
    #[command(after_help = "\
Reads one address a line, from FILE or standard input, and prints CSV with the
link and the values of the headers List-Unsubscribe and List-Unsubscribe-Post
(RFC 2369, RFC 8058), ready to paste. Sign both headers with DKIM.

Example:
  lethe unsubscribe-links --list news < addresses.txt > links.csv")]
    UnsubscribeLinks {
        /// The list's name, one of `lists` if there are any; the links end this one
        #[arg(long, value_name = "NAME")]
        list: String,
        /// The addresses; without it, standard input
        file: Option<PathBuf>,
    },

    /// For people who work on Lethe or measure it
    #[command(subcommand)]
    Dev(DevCommand),
}

/// `lethe verify`
#[derive(Debug, PartialEq, Eq, Args)]
pub struct VerifyArgs {
    /// The certificate, the .tlog-proof or the export; - for standard input
    pub file: PathBuf,
    /// A public key of the vendor's log
    #[arg(long, value_name = "VKEY", required = true, value_parser = log_key)]
    pub key: Vec<VerifierKey>,
    /// The public key of a witness; one of those that are named must have signed
    #[arg(long, value_name = "VKEY", value_parser = witness_key)]
    pub witness: Vec<VerifierKey>,
    /// The salt that came with the certificate, to tell whom it is about
    #[arg(long, value_name = "FILE", requires = "address")]
    pub salt: Option<PathBuf>,
    /// The mail address that the certificate should be about
    #[arg(long, value_name = "ADDRESS", requires = "salt")]
    pub address: Option<String>,
    /// Print JSON, for a program
    #[arg(long)]
    pub json: bool,
}

fn log_key(text: &str) -> Result<VerifierKey, String> {
    key_of(KeyKind::Log, text)
}

fn witness_key(text: &str) -> Result<VerifierKey, String> {
    key_of(KeyKind::Witness, text)
}

fn key_of(kind: KeyKind, text: &str) -> Result<VerifierKey, String> {
    let key: VerifierKey = text.parse().map_err(|error: KeyError| error.to_string())?;
    if key.kind() == kind {
        Ok(key)
    } else {
        Err(format!(
            "this is the key of a {}, not of a {kind}",
            key.kind()
        ))
    }
}

/// `lethe backup`
#[derive(Debug, PartialEq, Eq, Args)]
pub struct BackupArgs {
    /// The file to write; it must not be there
    pub file: PathBuf,
    /// What decides how long it is kept: daily, or one of backup.kinds
    #[arg(long, value_name = "KIND", default_value = crate::config::DAILY)]
    pub kind: String,
    /// Print JSON, for a program
    #[arg(long)]
    pub json: bool,
}

/// `lethe restore`
#[derive(Debug, PartialEq, Eq, Args)]
pub struct RestoreArgs {
    /// The backup; without it, the database as it is
    pub file: Option<PathBuf>,
    /// The erasure journal of another machine; again for each
    #[arg(long, value_name = "FILE")]
    pub journal: Vec<PathBuf>,
    /// A journal that is lost, by its id; whom it alone names comes back
    #[arg(long, value_name = "ID")]
    pub without_journal: Vec<Uuid>,
    /// A record that came back and may stay, as a message named it
    #[arg(long, value_name = "STORE:KEY", value_parser = record)]
    pub leave: Vec<(String, String)>,
    /// Move the database that is there aside
    #[arg(long, requires = "file")]
    pub replace: bool,
    /// The file with the private half of the recovery key, for a sealed backup and the intake journal
    #[arg(long, value_name = "FILE")]
    pub recovery_key_file: Option<PathBuf>,
    /// The folder of the intake journal: what was asked and decided since the backup comes back; once for each machine
    #[arg(long, value_name = "FOLDER", requires = "recovery_key_file")]
    pub intake: Vec<PathBuf>,
    /// Print JSON, for a program
    #[arg(long)]
    pub json: bool,
}

fn record(text: &str) -> Result<(String, String), String> {
    let record = text
        .split_once(':')
        .filter(|(store, key)| !store.is_empty() && !key.is_empty());
    let (store, key) = record.ok_or("write the store, a colon and the key of the record")?;
    Ok((store.to_owned(), key.to_owned()))
}

/// `lethe backups`
#[derive(Debug, PartialEq, Eq, Subcommand)]
pub enum BackupsCommand {
    /// Print the backups, the newest first
    #[command(after_help = "\
Example:
  lethe backups list")]
    List {
        /// Print JSON lines, for a program
        #[arg(long)]
        json: bool,
    },
    /// Enter a backup that another system made; certificates name the one that lives longest
    #[command(after_help = "\
Prints its id. When it is gone, say so with `lethe backups forget ID`.

Example:
  lethe backups add vm7-snapshot --kind snapshot --expires-on 2026-12-20")]
    Add {
        /// What you call it
        name: String,
        /// What sort it is, in one word
        #[arg(long, value_name = "WORD", default_value = "other")]
        kind: String,
        /// The day on which it was made; without it, today
        #[arg(long, value_name = "DATE")]
        made_on: Option<Date>,
        /// The last day of its life
        #[arg(long, value_name = "DATE")]
        expires_on: Date,
    },
    /// Delete a backup that Lethe made, or say that another is gone
    #[command(after_help = "\
Example:
  lethe backups forget 019ac0de-0000-7000-8000-000000000000")]
    Forget {
        /// Its id, as `lethe backups list` prints it
        id: Uuid,
    },
}

/// `lethe journals`
#[derive(Debug, PartialEq, Eq, Subcommand)]
pub enum JournalsCommand {
    /// Print them, with how far each is carried out
    #[command(after_help = "\
Example:
  lethe journals list")]
    List,
    /// Take up the journal of this machine, which works at a database that others work at already
    #[command(after_help = "\
Once on each machine. Never where a journal was lost: put back its copy instead.

Example:
  lethe journals join")]
    Join,
    /// Give up a journal that is lost; whom it alone names can come back with a backup
    #[command(after_help = "\
Look for a copy first (journal.copies). The trail says that it was given up.

Example:
  lethe journals give-up 019ac0de-0000-7000-8000-000000000000")]
    GiveUp {
        /// Its id, as the message or `lethe journals list` prints it
        id: Uuid,
    },
}

/// `lethe witness`
#[derive(Debug, PartialEq, Eq, Args)]
pub struct WitnessArgs {
    /// The name it signs with: an address without https:// that is yours; it cannot change later
    #[arg(long, value_name = "NAME")]
    pub name: String,
    /// The folder for its key and what it has seen; made at the first start
    #[arg(long, value_name = "DIR")]
    pub state: PathBuf,
    /// The address and port to listen on; TLS ends before it
    #[arg(long, value_name = "ADDR")]
    pub bind: SocketAddr,
    /// The public key of a log to watch, as the log's operator gives it
    #[arg(long, value_name = "KEY", required = true, value_parser = log_key)]
    pub log: Vec<VerifierKey>,
}

/// Arguments of `lethe statement`.
#[derive(Debug, PartialEq, Eq, Args)]
pub struct StatementArgs {
    /// The language; the vendor's own if it is left out
    #[arg(long, value_enum)]
    pub lang: Option<LangWord>,
    /// The form: Markdown, JSON, a page of its own, or the policy file itself
    #[arg(long, value_enum, default_value_t = StatementForm::Md)]
    pub format: StatementForm,
    /// An earlier version
    #[arg(long, value_name = "VERSION")]
    pub version: Option<String>,
    /// List the versions that were in force, the newest first
    #[arg(long, conflicts_with_all = ["version", "lang", "format"])]
    pub versions: bool,
}

/// `lethe register …`
#[derive(Debug, PartialEq, Eq, Subcommand)]
pub enum RegisterCommand {
    /// Print the record of processing activities (Art. 30)
    #[command(after_help = "\
It is written from the rules, stores and recipients in force.

Example:
  lethe register processing --lang de > verzeichnis.md")]
    Processing {
        /// The language; the vendor's own if it is left out
        #[arg(long, value_enum)]
        lang: Option<LangWord>,
        /// The form
        #[arg(long, value_enum, default_value_t = RegisterForm::Md)]
        format: RegisterForm,
    },
    /// Print who may do what: accounts, tokens of machines, keys, and who looked it through
    #[command(after_help = "\
With --reviewed it also notes that you have looked it through.

Example:
  lethe register access --format json > access.json")]
    Access {
        /// The language; the vendor's own if it is left out
        #[arg(long, value_enum)]
        lang: Option<LangWord>,
        /// The form
        #[arg(long, value_enum, default_value_t = RegisterForm::Md)]
        format: RegisterForm,
        /// Note that it was looked through
        #[arg(long)]
        reviewed: bool,
    },
    /// Print the secret that messages to a recipient's webhook are signed with
    #[command(after_help = "\
Give it to the recipient on a safe way. It follows from the key file and the name, so it
stays the same until one of them changes.

Example:
  lethe register secret Letterbird")]
    Secret {
        /// The recipient's name in the policy
        name: String,
    },
}

/// A form of a register.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[expect(missing_docs, reason = "the names of the forms")]
pub enum RegisterForm {
    Md,
    Json,
}

/// A language on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[expect(missing_docs, reason = "the names of the languages")]
pub enum LangWord {
    En,
    De,
}

/// A form of the statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[expect(missing_docs, reason = "the names of the forms")]
pub enum StatementForm {
    Md,
    Json,
    Html,
    Policy,
}

/// What an export holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ImportStore {
    /// Licences and evaluations, as the Marketplace exports them
    Licences,
    /// Transactions, the billing records
    Transactions,
    /// Feedback: who uninstalled, disabled or unsubscribed which app
    Feedback,
    /// Support tickets
    Tickets,
}

/// `lethe request`
#[derive(Debug, PartialEq, Eq, Args)]
pub struct RequestArgs {
    /// What is asked
    #[arg(value_enum)]
    pub kind: KindWord,
    /// The person's mail address; confirmations go there
    #[arg(long, value_name = "A")]
    pub email: String,
    /// The person's name, if known
    #[arg(long, value_name = "N")]
    pub name: Option<String>,
    /// The day it arrived, like 2026-11-18; without it, today
    #[arg(long, value_name = "DATE")]
    pub received_on: Option<Date>,
    /// How it arrived
    #[arg(long, value_enum, default_value_t = Channel::Phone)]
    pub via: Channel,
    /// What the person said, in a few words
    #[arg(long, value_name = "TEXT")]
    pub details: Option<String>,
    /// Print JSON, for a program
    #[arg(long)]
    pub json: bool,
}

/// A kind of request in the words of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum KindWord {
    /// See the data (Art. 15)
    Review,
    /// Have it corrected (Art. 16)
    Rectification,
    /// Have it removed (Art. 17)
    Removal,
    /// End all marketing mail (Art. 21), at once
    Unsubscribe,
}

impl From<KindWord> for Kind {
    fn from(word: KindWord) -> Self {
        match word {
            KindWord::Review => Self::Access,
            KindWord::Rectification => Self::Rectification,
            KindWord::Removal => Self::Erasure,
            KindWord::Unsubscribe => Self::Objection,
        }
    }
}

/// How a request arrived that did not come through the portal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Channel {
    /// By telephone
    Phone,
    /// On paper
    Letter,
    /// By mail to an address that Lethe does not read
    Mail,
    /// At a counter or a meeting
    InPerson,
}

/// `lethe audit`
#[derive(Debug, PartialEq, Eq, Subcommand)]
pub enum AuditCommand {
    /// Check that no entry was changed, removed or put in between
    #[command(after_help = "\
Hashes every entry again, compares the filter columns, every stored node of the tree,
every checkpoint and the file beside the journal. Exit code 1 if something does not
fit; it names the first place. The worker does the same once a day.

A tail that was cut, or an old copy that was put back, is found by a checkpoint that
was kept elsewhere: the end of any mail to a person (from the log's name to the last
signature), what /checkpoint showed, a .tlog-proof or a certificate.

Examples:
  lethe audit verify
  lethe audit verify --against kept-checkpoint.txt")]
    Verify {
        /// A file with a checkpoint that was kept elsewhere; may be given again
        #[arg(long, value_name = "FILE")]
        against: Vec<PathBuf>,
        /// Print JSON, for a program
        #[arg(long)]
        json: bool,
    },
    /// Sign the trail as it is now, show it to the witnesses, and print the checkpoint
    #[command(after_help = "\
The worker does the same every ten minutes and for every certificate. Where nothing
was done since the last checkpoint, that one is printed. Exit code 1 if a witness did
not cosign.

Example:
  lethe audit checkpoint > checkpoint.txt")]
    Checkpoint {
        /// Accept the last checkpoint of the database, where the file beside the journal is gone or of a log that has ended
        #[arg(long)]
        accept: bool,
    },
    /// Print the entries of one request with their proofs, or its certificate
    #[command(after_help = "\
Anybody can check the output with `lethe verify`, without this machine. Entries are
those of the current log; giving them out is an entry too.

Examples:
  lethe audit prove 7K4M-2QX9 > entries.jsonl
  lethe audit prove 7K4M-2QX9 --certificate > certificate.json")]
    Prove {
        /// The request's reference
        reference: String,
        /// The certificate, which is there from the end of the request until it is forgotten
        #[arg(long)]
        certificate: bool,
    },
    /// Print the whole log, or its entries of some days, as JSON lines
    #[command(after_help = "\
The first line is the signed checkpoint that all others are checked against; anybody
can do that with `lethe verify`, without this machine. It is the current log; one that
ended because entries were lost cannot be exported. The export is an entry too.

Examples:
  lethe audit export > trail.jsonl
  lethe audit export --from 2026-01-01 --until 2026-03-31 > quarter.jsonl")]
    Export {
        /// From this day on, like 2026-01-01
        #[arg(long, value_name = "DATE")]
        from: Option<Date>,
        /// To the end of this day
        #[arg(long, value_name = "DATE")]
        until: Option<Date>,
    },
    /// End the log after entries were lost, and begin a new one
    #[command(after_help = "\
For the day after a backup was restored, or a standby took over that had not got the
last commits: `lethe check` says that entries of the trail are lost. The new log's first
entry holds the last checkpoint that is known of the old one. Old certificates keep
verifying, with the key under the old name, which `lethe keys verifier` goes on printing.
Witnesses must be told the key of the new log, which is printed.

Example:
  lethe audit new-log --reason restored")]
    NewLog {
        /// How they were lost
        #[arg(long, value_enum)]
        reason: LossWord,
        /// The last checkpoint, where the file beside the journal is lost too
        #[arg(long, value_name = "FILE")]
        last_known: Option<PathBuf>,
    },
}

/// How entries were lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LossWord {
    /// The database was restored from a backup
    Restored,
    /// A standby took over that had not got the last commits
    Promoted,
    /// In another way
    Other,
}

/// `lethe retention`
#[derive(Debug, PartialEq, Eq, Subcommand)]
pub enum RetentionCommand {
    /// Show what falls due today and on the next days; touches nothing
    #[command(after_help = "\
With --policy, the rules of another file are tried, so that the effect of a change is
known before it is in force.

Examples:
  lethe retention preview
  lethe retention preview --days 30 --policy changed.toml")]
    Preview {
        /// How many days to look ahead
        #[arg(long, default_value_t = 90, value_parser = clap::value_parser!(u16).range(0..=3650))]
        days: u16,
        /// Rules to try in the place of those in force
        #[arg(long, value_name = "FILE")]
        policy: Option<std::path::PathBuf>,
        /// Print JSON, for a program
        #[arg(long)]
        json: bool,
    },
    /// Remove what is due now, without waiting for the daily sweep
    #[command(after_help = "\
A sweep that is larger than usual (retention.wait_above_percent, wait_above_records), or that
would rely on an old report of licences, is only counted, and the exit code is 1; --confirm
lets it go on. It ends when nothing that is due is found any more.

Examples:
  lethe retention run
  lethe retention run --confirm")]
    Run {
        /// Let a sweep go on that would wait for a person
        #[arg(long)]
        confirm: bool,
        /// Print JSON, for a program
        #[arg(long)]
        json: bool,
    },
}

/// `lethe keys`
#[derive(Debug, PartialEq, Eq, Subcommand)]
pub enum KeysCommand {
    /// Make the key file; refuses to overwrite one
    #[command(after_help = "\
Example:
  lethe keys init

Keep a copy of the file, away from the backups of the database.")]
    Init,
    /// Add a new key and seal, or sign, with it from now on
    #[command(after_help = "\
Older master keys stay, so that everything stays readable. Of an older signing key only the
public half stays, so that what it signed can be checked. Older search keys stay as inner
steps of the new one; a worker brings all digests under it, and then the older ones alone
find nobody. First update every process to this version.

Examples:
  lethe keys rotate
  lethe keys rotate signing
  lethe keys rotate search")]
    Rotate {
        /// Which key
        #[arg(value_enum, default_value_t = KeyWord::Master)]
        which: KeyWord,
    },
    /// Make the key that backups are sealed to, and print its public half
    #[command(after_help = "\
The private half is written into FILE, which must not be there. Take it off this machine
and keep it offline: it alone opens the backups. The format is that of age.

Example:
  lethe keys recovery /media/stick/recovery.key")]
    Recovery {
        /// Where the private half goes
        file: PathBuf,
    },
    /// Print the keys that certificates and checkpoints are checked with
    #[command(after_help = "\
The one in use comes first, then retired ones. They are public: print them, publish
them, give them to witnesses. After a loss there are lines for each log, the current
one first; the name in a line is that of its log.

Example:
  lethe keys verifier")]
    Verifier,
    /// Tell whether every key in use is there, and how many digests wait for the search key in use
    #[command(after_help = "\
Exit code 1 if one is missing. Reads every table with a digest.

Example:
  lethe keys check")]
    Check {
        /// Print JSON, for a program
        #[arg(long)]
        json: bool,
    },
}

/// A key that can be rotated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum KeyWord {
    /// Wraps the key of each request
    Master,
    /// Signs the checkpoints of the trail
    Signing,
    /// Makes the digests by which addresses are found
    Search,
}

/// `lethe staff`
#[derive(Debug, PartialEq, Eq, Subcommand)]
pub enum StaffCommand {
    /// Add an account
    #[command(after_help = "\
Prints a password that was made up; its owner changes it on their page. To choose it
yourself, give a file, or - for standard input.

Examples:
  lethe staff add ann@vendor.example --name 'Ann Vos' --role agent
  lethe staff add bo@agency.example --name 'Bo Lind' --role subcontractor \\
      --contract 2026-014 --until 2027-06-30")]
    Add(StaffArgs),
    /// Give an account a new password, for somebody who forgot theirs
    #[command(after_help = "\
Prints a new password, and ends every session of the account. To choose it
yourself, give a file, or - for standard input.

Example:
  lethe staff password ann@vendor.example")]
    Password(PasswordArgs),
    /// Remove the second factor of somebody who has lost it
    #[command(after_help = "\
For the only administrator who has lost theirs; others ask an administrator (/admin/staff).
Be sure who asks: the password alone signs in afterwards. Ends every session of the account,
and the person gets a letter. Exit code 1 if there is no second factor.

Example:
  lethe staff remove-second-factor ann@vendor.example --reason 'telephone lost'")]
    RemoveSecondFactor(FactorArgs),
}

/// `lethe staff remove-second-factor`.
#[derive(Debug, PartialEq, Eq, Args)]
pub struct FactorArgs {
    /// The address to sign in with
    pub email: String,
    /// Why, for the trail
    #[arg(long)]
    pub reason: String,
}

/// `lethe staff password`.
#[derive(Debug, PartialEq, Eq, Args)]
pub struct PasswordArgs {
    /// The address to sign in with
    pub email: String,
    /// A file with the password, - for standard input; without it, one is made up
    #[arg(long, value_name = "FILE")]
    pub password_file: Option<PathBuf>,
}

/// `lethe staff add`
#[derive(Debug, PartialEq, Eq, Args)]
pub struct StaffArgs {
    /// The mail address, which is the name to sign in with
    pub email: String,
    /// The person's name, as colleagues see it
    #[arg(long)]
    pub name: String,
    /// What the person may do
    #[arg(long, value_enum)]
    pub role: RoleWord,
    /// The contract of a subcontractor, as your files name it
    #[arg(long, value_name = "REF", required_if_eq("role", "subcontractor"))]
    pub contract: Option<String>,
    /// The last day of access, like 2027-06-30; needed for a subcontractor
    #[arg(long, value_name = "DATE", required_if_eq("role", "subcontractor"))]
    pub until: Option<Date>,
    /// A file with the password, - for standard input; without it, one is made up
    #[arg(long, value_name = "FILE")]
    pub password_file: Option<PathBuf>,
}

/// A role of staff.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum RoleWord {
    /// Works requests
    Agent,
    /// Works requests and assigns them
    Lead,
    /// Manages accounts
    Administrator,
    /// Reads and verifies the trail, changes nothing
    Auditor,
    /// Works requests under a contract that ends
    Subcontractor,
}

/// `lethe mail`
#[derive(Debug, PartialEq, Eq, Subcommand)]
pub enum MailCommand {
    /// Take one mail from standard input, as a mail server hands it over
    #[command(after_help = "\
For the pipe of a mail server. The mail is stored, sealed, before the command ends; a worker
judges it. Handing the same mail over again does nothing more.

Exit codes: 0 the mail is stored; 75 try again later, whatever went wrong, so that the mail
server keeps the mail.

Example, in /etc/aliases:
  privacy: \"|/usr/local/bin/lethe --config /etc/lethe/lethe.toml mail ingest\"")]
    Ingest,
}

/// `lethe suppressions`
#[derive(Debug, PartialEq, Eq, Subcommand)]
pub enum SuppressionsCommand {
    /// Count the objections in force
    #[command(after_help = "\
Example:
  lethe suppressions count")]
    Count {
        /// Print JSON, for a program
        #[arg(long)]
        json: bool,
    },
    /// Leave out of a CSV whoever must not be written to
    #[command(after_help = "\
Writes the rows that may be written to, byte for byte as they came, the header first.
Rows whose address cannot be read are left out too. Standard error says how many.

The address is in the column that --column names. Several may be named: then a row is
left out if any of its addresses must not be written to or cannot be read; empty cells
do not count. --column '*' looks at every cell with an @. Without it the address is in
the column whose title is email, e-mail, mail or address in any case; or else in the
first column, and then the first row is a header only if it holds no address. Columns
end with a comma, a semicolon or a tab, whichever the first row has most of. The file is
UTF-8.

With --list, those are left out who object to this list or to all news; without it,
everybody who objects to anything. A quote that is not closed is an error: what came out
until then may be written to, what follows was not looked at.

Example:
  lethe suppressions filter --list news < all.csv > may-be-written-to.csv
  lethe suppressions filter --column email --column 'billing email' < all.csv > kept.csv")]
    Filter {
        /// The list that the mailing belongs to
        #[arg(long, value_name = "NAME")]
        list: Option<String>,
        /// The title of a column with an address; again for each further one, * for all
        #[arg(long, value_name = "NAME")]
        column: Vec<String>,
        /// The CSV; without it, standard input
        file: Option<PathBuf>,
    },
    /// Print the objections in force, as CSV, as one mailing tool knows people
    #[command(after_help = "\
Prints list, digest, id and since. The digest is HMAC-SHA256 of the address in lower case
under the tool's digest key; it is empty for objections from before the token was made.
The id is the tool's own, where the link had one. No address is known here; to clean a
list of addresses, use filter.

Example:
  lethe suppressions export --token newsletter > objections.csv")]
    Export {
        /// The name of the tool's token
        #[arg(long, value_name = "NAME")]
        token: String,
    },
}

/// `lethe stores`
#[derive(Debug, PartialEq, Eq, Subcommand)]
pub enum StoresCommand {
    /// A line for each store: how far an erasure goes in it, what stays, and which version answers
    #[command(after_help = "\
Exit code 1 if one does not answer, or does not let Lethe.

Example:
  lethe stores list")]
    List,

    /// Search one store for a person, as a request would; nothing is changed
    #[command(after_help = "\
Prints the key, the kind, how sure the match is, what a removal would do, and what staff would call
each record. Use it to try a store's file before a request depends on it. The look stands in the trail.

Example:
  lethe stores try crm --email ann@halden.example")]
    Try {
        /// The name of the store, as in its file
        store: String,

        /// The person
        #[arg(long, value_name = "ADDRESS")]
        email: String,
    },
}

/// `lethe holds`
#[derive(Debug, PartialEq, Eq, Subcommand)]
pub enum HoldsCommand {
    /// List the holds in force, the next review first
    #[command(after_help = "\
Prints whom each is on, who asked for it and what it is about: keep the output as you
keep the matter. The look stands in the audit trail.

Example:
  lethe holds list")]
    List {
        /// Those that ended, instead
        #[arg(long)]
        ended: bool,
        /// Print JSON, for a program
        #[arg(long)]
        json: bool,
    },
    /// Place a hold on a person; nothing of theirs is erased from then on
    #[command(after_help = "\
Reads from FILE or standard input who asked for it, on the first line, and what it is
about, on the lines after it. Neither is told to the person.

Example:
  lethe holds place ann@halden.example --review 2027-03-01 < matter.txt")]
    Place {
        /// Their address, or the reference of a request
        person: String,
        /// The day of the first review, within a year
        #[arg(long, value_name = "DATE")]
        review: Date,
        /// The last day, if it is known; the hold then ends by itself
        #[arg(long, value_name = "DATE")]
        until: Option<Date>,
        /// The words; without it, standard input
        file: Option<PathBuf>,
    },
    /// Lift a hold; what no other hold keeps then goes, and the person hears of it
    #[command(after_help = "\
Reads the reason from FILE or standard input.

Example:
  echo 'The claim was settled' | lethe holds lift 0197a3c2-5d1e-7c3a-9f0b-2b6f0c1d4e5f")]
    Lift {
        /// The hold, as the list names it
        hold: uuid::Uuid,
        /// The reason; without it, standard input
        file: Option<PathBuf>,
    },
}

/// `lethe copies`
#[derive(Debug, PartialEq, Eq, Subcommand)]
pub enum CopiesCommand {
    /// List the open copies, the earliest last day first
    #[command(after_help = "\
Prints whose data each holds, who holds it, where and what for: keep the output as you
keep the copies. A look at an address stands in the audit trail.

Example:
  lethe copies list")]
    List {
        /// Those that were destroyed, instead
        #[arg(long)]
        destroyed: bool,
        /// Print JSON, for a program
        #[arg(long)]
        json: bool,
    },
    /// Enter a copy; no removal of whom it may hold closes before it is destroyed
    #[command(after_help = "\
Reads from FILE or standard input where it lies, on the first line, and what it is for,
on the lines after it.

Example:
  lethe copies add licences --holder bo@vendor.example --until 2026-12-01 < words.txt")]
    Add {
        /// What was copied: stores, or the file of a ticket
        what: String,
        /// The one person whose data it is: an address, or the reference of a request; without it,
        /// everybody's
        #[arg(long, value_name = "PERSON")]
        person: Option<String>,
        /// Who holds it: the address of an account, or the name of somebody else
        #[arg(long, value_name = "NAME")]
        holder: String,
        /// The day on which it was taken; without it, today
        #[arg(long, value_name = "DATE")]
        taken: Option<Date>,
        /// The last day on which it is kept
        #[arg(long, value_name = "DATE")]
        until: Date,
        /// The words; without it, standard input
        file: Option<PathBuf>,
    },
    /// Put off the last day of a copy
    #[command(after_help = "\
Example:
  lethe copies extend 0197a3c2-5d1e-7c3a-9f0b-2b6f0c1d4e5f --until 2026-12-15")]
    Extend {
        /// The copy, as the list names it
        copy: uuid::Uuid,
        /// The last day on which it is kept
        #[arg(long, value_name = "DATE")]
        until: Date,
    },
    /// Enter that a copy was destroyed; what waited for it alone goes on
    #[command(after_help = "\
Example:
  lethe copies destroyed 0197a3c2-5d1e-7c3a-9f0b-2b6f0c1d4e5f --by 'Bo Lind'")]
    Destroyed {
        /// The copy, as the list names it
        copy: uuid::Uuid,
        /// Who attests it
        #[arg(long, value_name = "NAME")]
        by: String,
        /// The day; without it, today
        #[arg(long, value_name = "DATE")]
        on: Option<Date>,
    },
}

/// `lethe tokens`
#[derive(Debug, PartialEq, Eq, Subcommand)]
pub enum TokensCommand {
    /// Let a mailing tool in; prints its token and keys, once
    #[command(after_help = "\
Prints the token for the header Authorization, the key of the digests in the feed
(base64), and with a webhook the secret that signs what it is sent. Only the token's
hash is kept: copy all of it now.

Examples:
  lethe tokens add newsletter --scope suppressions,links
  lethe tokens add crm --scope suppressions --webhook https://crm.vendor.example/lethe
  lethe tokens add crm-mailer --tool crm --scope links
  lethe tokens add burndown-app --scope lifecycle")]
    Add {
        /// A name for the tool
        name: String,
        /// What it may ask
        #[arg(long, value_enum, value_delimiter = ',', required = true)]
        scope: Vec<ScopeWord>,
        /// The tool it belongs to, if that has another token already: tokens of one tool share
        /// the ids that its links tell
        #[arg(long, value_name = "NAME")]
        tool: Option<String>,
        /// Where to tell it of each objection at once
        #[arg(long, value_name = "URL")]
        webhook: Option<String>,
        /// Print JSON, for a program
        #[arg(long)]
        json: bool,
    },
    /// List all tokens, the ended ones too
    #[command(after_help = "\
Example:
  lethe tokens list")]
    List {
        /// Print JSON, for a program
        #[arg(long)]
        json: bool,
    },
    /// End a token, from its next use on
    #[command(after_help = "\
The tool's keys are forgotten, and what waits for it is deleted. The name is free again.

Example:
  lethe tokens revoke newsletter")]
    Revoke {
        /// The tool's name
        name: String,
    },
}

/// What a token may be for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ScopeWord {
    /// Hear of objections, check addresses
    Suppressions,
    /// Make unsubscribe links
    Links,
    /// Tell that an app was installed or uninstalled
    Lifecycle,
}

/// `lethe lifecycle`
#[derive(Debug, PartialEq, Eq, Subcommand)]
pub enum LifecycleCommand {
    /// Enter or correct the day on which an app was uninstalled
    #[command(after_help = "\
The periods of the privacy statement count from this day. What an app tells later goes on
from it. The reason is kept with the entry in the audit trail.

Example:
  lethe lifecycle uninstalled --client-key 4f9c2d1e-0000-4000-8000-00000000c1e7 \\
      --on 2026-11-02 --reason told-by-phone")]
    Uninstalled(LifecycleArgs),
    /// Enter that an app is installed: an end that is known is wrong, or it was installed anew
    #[command(after_help = "\
Example:
  lethe lifecycle installed --client-key 4f9c2d1e-0000-4000-8000-00000000c1e7 \\
      --on 2026-11-03 --reason installed-anew")]
    Installed(LifecycleArgs),
}

/// `lethe lifecycle uninstalled` and `installed`
#[derive(Debug, PartialEq, Eq, Args)]
pub struct LifecycleArgs {
    /// The tenant's key; for a Forge app the id of the installation
    #[arg(long, value_name = "KEY")]
    pub client_key: String,
    /// The app, where several have this client key
    #[arg(long, value_name = "KEY")]
    pub app: Option<String>,
    /// On which day, like 2026-11-02
    #[arg(long, value_name = "DATE")]
    pub on: Date,
    /// Why it is entered, 3 to 200 characters
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
}

/// `lethe dev`
#[derive(Debug, PartialEq, Eq, Subcommand)]
pub enum DevCommand {
    /// Fill the stores with invented people; the same seed gives the same data
    #[command(after_help = "\
Refuses a database that is not empty.

Example:
  lethe dev generate --people 100000 --licences 1000000")]
    Generate(GenerateArgs),
}

/// `lethe dev generate`: how many of what.
#[derive(Debug, PartialEq, Eq, Args)]
pub struct GenerateArgs {
    /// Where the random numbers start
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// People, between whom the records are divided
    #[arg(long, value_name = "N", default_value_t = 1_000)]
    pub people: u32,
    /// Licences
    #[arg(long, value_name = "N", default_value_t = 1_000)]
    pub licences: u32,
    /// Trials
    #[arg(long, value_name = "N", default_value_t = 300)]
    pub trials: u32,
    /// Support tickets
    #[arg(long, value_name = "N", default_value_t = 1_000)]
    pub tickets: u32,
    /// Messages in all tickets together
    #[arg(long, value_name = "N", default_value_t = 3_000)]
    pub messages: u32,
}

fn loopback(text: &str) -> Result<SocketAddr, String> {
    let address: SocketAddr = text
        .parse()
        .map_err(|_| "write an address and a port, like 127.0.0.1:8080".to_owned())?;
    if address.ip().is_loopback() {
        Ok(address)
    } else {
        Err("the demo listens on this machine only; write 127.0.0.1 or [::1]".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;
    use jiff::civil::date;

    use super::*;

    fn parsed(line: &str) -> Command {
        Cli::try_parse_from(line.split_whitespace())
            .unwrap_or_else(|error| panic!("{line}: {error}"))
            .command_or_serve()
    }

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_has_a_help_with_an_example_that_parses() {
        fn visit(command: &clap::Command, checked: &mut usize) {
            if command.has_subcommands() {
                command
                    .get_subcommands()
                    .for_each(|command| visit(command, checked));
                return;
            }
            let help = command.get_after_help().expect("an example").to_string();
            let help = help
                .replace("\\\n", " ")
                .replace("'Ann Vos'", "Ann")
                .replace("'telephone lost'", "lost")
                .replace("'Bo Lind'", "Bo");
            for line in help.lines().filter_map(|line| line.strip_prefix("  ")) {
                let words = line.split_whitespace().skip_while(|word| *word != "lethe");
                let words: Vec<_> = words
                    .take_while(|word| !["<", ">", "&&"].contains(word))
                    .collect();
                parsed(&words.join(" "));
                *checked += 1;
            }
        }
        let mut checked = 0;
        visit(&Cli::command(), &mut checked);
        assert!(checked >= 15, "{checked} examples");
    }

    #[test]
    fn without_a_command_it_serves() {
        assert_eq!(parsed("lethe"), Command::Serve { no_worker: false });
        assert_eq!(
            parsed("lethe serve --no-worker"),
            Command::Serve { no_worker: true }
        );
    }

    #[test]
    fn the_configuration_can_be_named_before_and_after_the_command() {
        for line in ["lethe --config a.toml check", "lethe check --config a.toml"] {
            let cli = Cli::try_parse_from(line.split_whitespace()).expect(line);
            assert_eq!(cli.config, Some(PathBuf::from("a.toml")));
        }
    }

    #[test]
    fn a_request_by_phone_keeps_the_day_it_arrived() {
        let Command::Request(request) = parsed(
            "lethe request removal --email a@b.example --via in-person --received-on 2026-11-18",
        ) else {
            panic!("no request");
        };
        assert_eq!(Kind::from(request.kind), Kind::Erasure);
        assert_eq!(request.via, Channel::InPerson);
        assert_eq!(request.received_on, Some(date(2026, 11, 18)));
    }

    #[test]
    fn wrong_use_is_exit_code_2() {
        for line in [
            "lethe demo --bind 0.0.0.0:8080",
            "lethe demo --bind localhost",
            "lethe import feedbacks file.json",
            "lethe request erasure --email a@b.example",
            "lethe request removal",
            "lethe request removal --email a@b.example --received-on 18.11.2026",
            "lethe staff add a@b.example --name A --role subcontractor",
            "lethe staff add a@b.example --name A --role lead --password hush",
            "lethe staff remove-second-factor a@b.example",
            "lethe audit",
            "lethe unsubscribe-links",
            "lethe witness --name w --state /tmp/w --bind 127.0.0.1:0",
            "lethe witness --name w --state /tmp/w --bind 127.0.0.1:0 --log w",
            "lethe witness --name w --state /tmp/w --bind 127.0.0.1:0 \
             --log witness.example/w1+04d2d833+BD1AF8PoQ4lakrcKp00bfrycmCzPLsSWjMDNVfEq9GYM",
            "lethe sevre",
        ] {
            let error = Cli::try_parse_from(line.split_whitespace()).expect_err(line);
            assert_eq!(error.exit_code(), 2, "{line}");
        }
    }
}
