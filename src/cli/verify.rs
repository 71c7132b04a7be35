//! `lethe verify`: checks a file with keys alone, and says what it proves and what it does not.
//!
//! Opens no configuration, no database and no connection. Anything that the file says is printed
//! without its control characters: it comes from anywhere.

use std::fmt::{self, Display, Write};
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

use serde_json::{Value, json};

use super::WrongUse;
use super::args::VerifyArgs;
use crate::audit::hex;
use crate::audit::leaf::Leaf;
use crate::audit::note::VerifierKey;
use crate::audit::proof::Trust;
use crate::certificate::check::{DIGEST_MEMBER, Proven, Refused, Verdict, check};
use crate::certificate::file::Salt;
use crate::certificate::statement::{Statement, StoreResult};
use crate::domain::email::Email;

/// The longest salt file that is read, in bytes.
const MAX_SALT: u64 = 4096;

/// Carries out the command; false if the file proves nothing, or not what was asked.
///
/// # Errors
/// [`WrongUse`] if it could not be judged.
pub fn run(args: &VerifyArgs) -> Result<bool, WrongUse> {
    let person = person(args)?;
    let trust = Trust {
        log: args.key.clone(),
        witnesses: args.witness.clone(),
    };
    let verdict = match check(open(&args.file)?, &trust) {
        Ok(verdict) => verdict,
        Err(Refused::Read(error)) => return Err(unreadable(&args.file, &error)),
        Err(refused) => {
            let reason = in_full(&refused);
            eprintln!("REFUSED: {reason}");
            if args.json {
                println!(
                    "{}",
                    json!({ "verified": false, "code": refused.code(), "reason": reason })
                );
            }
            return Ok(false);
        }
    };
    let about = match (&person, &verdict.proven) {
        (None, _) => None,
        (Some((salt, email)), Proven::Certificate { statement, .. }) => {
            Some(statement.is_about(salt, email))
        }
        (Some(_), _) => {
            return Err(WrongUse(
                "--salt and --address are for a certificate, and this is none; leave them out"
                    .to_owned(),
            ));
        }
    };
    let failing = failing(args, &verdict, about);
    if args.json {
        println!("{}", as_json(&verdict, about, failing));
    } else {
        print!(
            "{}",
            Report {
                verdict: &verdict,
                about,
                args,
                failing: failing.is_some(),
            }
        );
    }
    if let Some((_, reason)) = failing {
        eprintln!("NOT WHAT YOU ASKED FOR: {reason}");
    }
    Ok(failing.is_none())
}

/// The code and the sentence, if the file holds and still is not what was asked for.
fn failing(
    args: &VerifyArgs,
    verdict: &Verdict,
    about: Option<bool>,
) -> Option<(&'static str, &'static str)> {
    if about == Some(false) {
        Some((
            "other_person",
            "the certificate holds, but not for this address and salt: it is about somebody \
             else, or the salt is that of another certificate",
        ))
    } else if !args.witness.is_empty() && !verdict.is_witnessed() {
        Some((
            "not_witnessed",
            "none of the witnesses that you named has signed the checkpoint",
        ))
    } else {
        None
    }
}

fn person(args: &VerifyArgs) -> Result<Option<(Salt, Email)>, WrongUse> {
    let (Some(file), Some(address)) = (&args.salt, &args.address) else {
        return Ok(None);
    };
    let mut text = String::new();
    File::open(file)
        .and_then(|salt| io::Read::read_to_string(&mut io::Read::take(salt, MAX_SALT), &mut text))
        .map_err(|error| unreadable(file, &error))?;
    let salt = text
        .parse()
        .map_err(|error| WrongUse(format!("--salt: {error}")))?;
    let email = Email::parse(address).map_err(|error| WrongUse(format!("--address: {error}")))?;
    Ok(Some((salt, email)))
}

fn open(file: &Path) -> Result<Box<dyn BufRead>, WrongUse> {
    if file == Path::new("-") {
        return Ok(Box::new(io::stdin().lock()));
    }
    let file = File::open(file).map_err(|error| unreadable(file, &error))?;
    Ok(Box::new(BufReader::new(file)))
}

fn unreadable(file: &Path, error: &io::Error) -> WrongUse {
    WrongUse(format!("{}: {error}", file.display()))
}

/// The reason with its causes.
fn in_full(refused: &Refused) -> String {
    let mut text = refused.to_string();
    let mut cause = std::error::Error::source(refused);
    while let Some(error) = cause {
        let next = error.to_string();
        if !text.ends_with(&next) {
            text.push_str(": ");
            text.push_str(&next);
        }
        cause = error.source();
    }
    shown(&text).to_string()
}

/// A text of the file without what would move the cursor or turn the writing round.
fn shown(text: &str) -> impl Display {
    text.replace(
        |c: char| {
            c.is_control()
                || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        },
        "\u{fffd}",
    )
}

fn as_json(
    verdict: &Verdict,
    about: Option<bool>,
    failing: Option<(&'static str, &'static str)>,
) -> Value {
    let checkpoint = &verdict.standing.checkpoint;
    let witnesses: Vec<Value> = verdict
        .witnesses()
        .iter()
        .map(|witness| {
            let at = witness.at.map(|at| at.to_string());
            json!({ "name": witness.name, "at": at })
        })
        .collect();
    let mut answer = json!({
        "verified": failing.is_none(),
        "log": checkpoint.origin,
        "key": verdict.standing.log_key.to_string(),
        "size": checkpoint.size,
        "root": checkpoint.root.to_base64(),
        "witnessed": verdict.is_witnessed(),
        "witnesses": witnesses,
    });
    if let Some((code, reason)) = failing {
        answer["code"] = code.into();
        answer["reason"] = reason.into();
    }
    match &verdict.proven {
        Proven::Certificate {
            statement,
            leaf,
            index,
        } => {
            answer["proven"] = "certificate".into();
            answer["index"] = (*index).into();
            answer["written_at"] = leaf.time.to_string().into();
            answer["statement"] = statement.to_json();
            if let Some(about) = about {
                answer["about_address"] = about.into();
            }
        }
        Proven::Entry { leaf, index } => {
            answer["proven"] = "entry".into();
            answer["index"] = (*index).into();
            answer["written_at"] = leaf.time.to_string().into();
            answer["action"] = leaf.action.clone().into();
            if let Some(digest) = certificate_of(leaf) {
                answer["certificate"] = digest.into();
            }
        }
        Proven::Export {
            entries,
            pruned,
            whole,
        } => {
            answer["proven"] = "export".into();
            answer["entries"] = (*entries).into();
            answer["pruned"] = (*pruned).into();
            answer["whole"] = (*whole).into();
        }
    }
    answer
}

/// The digest of the certificate that an entry is about.
fn certificate_of(leaf: &Leaf) -> Option<&str> {
    Some(leaf.detail.as_ref()?.get(DIGEST_MEMBER)?)
}

/// All that a person is told.
struct Report<'a> {
    verdict: &'a Verdict,
    about: Option<bool>,
    args: &'a VerifyArgs,
    failing: bool,
}

impl Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Verdict { proven, standing } = self.verdict;
        let (log, size) = (&standing.checkpoint.origin, standing.checkpoint.size);
        let verified = if self.failing { "Holds" } else { "VERIFIED" };
        match proven {
            Proven::Certificate {
                statement,
                leaf,
                index,
            } => {
                writeln!(
                    f,
                    "{verified}: a certificate of {} for request {}",
                    shown(&statement.controller),
                    statement.reference
                )?;
                heading(f, "Proven")?;
                writeln!(
                    f,
                    "  The vendor has written this statement into its log {log},"
                )?;
                writeln!(
                    f,
                    "  as entry {index} of {size} (the first is 0), dated {}.",
                    leaf.time
                )?;
                self.checkpoint(f)?;
                heading(f, "What the vendor states")?;
                state(f, statement)?;
                heading(f, "Whom it is about")?;
                self.person(f)?;
            }
            Proven::Entry { leaf, index } => {
                writeln!(f, "{verified}: entry {index} of a log")?;
                heading(f, "Proven")?;
                writeln!(
                    f,
                    "  The log {log} holds, as entry {index} of {size} (the first is 0), what was written"
                )?;
                writeln!(f, "  as \"{}\", dated {}.", shown(&leaf.action), leaf.time)?;
                if let Some(digest) = certificate_of(leaf) {
                    writeln!(
                        f,
                        "  It is about the certificate whose statement has the SHA-256 {}.",
                        shown(digest)
                    )?;
                }
                self.checkpoint(f)?;
            }
            Proven::Export {
                entries,
                pruned,
                whole,
            } => {
                writeln!(f, "{verified}: an exported trail with {entries} entries")?;
                heading(f, "Proven")?;
                if *whole {
                    writeln!(f, "  These are all {size} entries of the log {log}")?;
                    writeln!(f, "  under its checkpoint, unchanged and in their order.")?;
                } else {
                    writeln!(
                        f,
                        "  Each of these entries is in the log {log}, which has {size}, in its place."
                    )?;
                }
                if *pruned > 0 {
                    writeln!(
                        f,
                        "  Of {pruned} of them only the hash is left: that they were there, not what they said."
                    )?;
                }
                self.checkpoint(f)?;
            }
        }
        heading(f, "Not proven")?;
        self.limits(f)
    }
}

impl Report<'_> {
    fn checkpoint(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for witness in self.verdict.witnesses() {
            match witness.at {
                Some(at) => writeln!(f, "  The witness {} saw the log so at {at}.", witness.name)?,
                None => writeln!(f, "  The witness {} saw the log so.", witness.name)?,
            }
        }
        let witnessed = &self.verdict.standing.witnessed;
        let has_signed = |key: &VerifierKey| witnessed.iter().any(|signed| signed.key == *key);
        for key in self.args.witness.iter().filter(|key| !has_signed(key)) {
            writeln!(f, "  The witness {} has not signed.", key.name())?;
        }
        if !self.verdict.is_witnessed() {
            writeln!(
                f,
                "  Signed by the vendor alone: a second log with another content is possible."
            )?;
        }
        Ok(())
    }

    fn person(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.about {
            None => {
                writeln!(f, "  It holds a commitment to a person, not who that is.")?;
                writeln!(
                    f,
                    "  Whoever has the salt can show it: --salt FILE --address ADDRESS"
                )
            }
            Some(true) => writeln!(f, "  It is about the address that you gave."),
            Some(false) => writeln!(f, "  It is NOT about the address that you gave."),
        }
    }

    fn limits(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.verdict.proven {
            Proven::Certificate { statement, .. } => {
                writeln!(
                    f,
                    "  - That the vendor told the truth about its systems. It cannot take back what it stated,"
                )?;
                writeln!(f, "    and no mathematics shows that it was so.")?;
                writeln!(
                    f,
                    "  - That no copy is left elsewhere. The vendor's backups last up to {} days.",
                    statement.backup_days
                )?;
                if self.about.is_none() {
                    writeln!(f, "  - Who the person is: that needs the salt.")?;
                }
                let identity = statement.identity.as_str();
                if identity.starts_with("mailbox") {
                    writeln!(
                        f,
                        "  - Who wrote the request: a mailed link proves control of the mailbox, and no more."
                    )?;
                }
            }
            Proven::Entry { .. } | Proven::Export { .. } => {
                writeln!(
                    f,
                    "  - That what the entries say is true: the log cannot be changed unnoticed, and no"
                )?;
                writeln!(f, "    mathematics shows that it was so.")?;
            }
        }
        if let Proven::Export { whole: false, .. } = self.verdict.proven {
            writeln!(f, "  - That the log has no other entries between these.")?;
        }
        if self.verdict.is_witnessed() {
            writeln!(
                f,
                "  - The time, but for what a witness says: an entry is dated by the vendor."
            )
        } else {
            writeln!(f, "  - The time: an entry is dated by the vendor.")
        }
    }
}

fn heading(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    writeln!(f, "\n{text}")
}

fn state(f: &mut fmt::Formatter<'_>, statement: &Statement) -> fmt::Result {
    let Statement {
        kind,
        received,
        closed,
        identity,
        outcome,
        backup_days,
        policy,
        ..
    } = statement;
    writeln!(f, "  Asked     {}, received {received}", kind.slug())?;
    writeln!(f, "  Closed    {closed:.0}, {outcome}")?;
    writeln!(f, "  Identity  proved by: {identity}")?;
    writeln!(f, "  Backups   gone after {backup_days} days at the most")?;
    writeln!(f, "  Rules     version {policy}")?;
    writeln!(f, "  Person    {}", hex(&statement.person.0))?;
    for store in &statement.stores {
        state_store(f, store)?;
    }
    Ok(())
}

fn state_store(f: &mut fmt::Formatter<'_>, store: &StoreResult) -> fmt::Result {
    let mut counts = format!("{} found", store.found);
    for (count, what) in [
        (store.erased, "erased"),
        (store.corrected, "corrected"),
        (store.handed_over, "handed over"),
        (
            store
                .kept
                .iter()
                .map(|kept| kept.count)
                .fold(0, u64::saturating_add),
            "kept",
        ),
        (store.others, "somebody else's, left alone"),
    ] {
        if count > 0 {
            write!(counts, ", {count} {what}")?;
        }
    }
    writeln!(f, "  Store {}: {counts}", store.store)?;
    for kept in &store.kept {
        write!(
            f,
            "    kept {}: {}, {}",
            kept.count,
            kept.ground,
            shown(&kept.article)
        )?;
        if let Some(law) = &kept.law {
            write!(f, ", {}", shown(law))?;
        }
        if let Some(until) = kept.until {
            write!(f, ", until {until}")?;
        }
        writeln!(f)?;
    }
    match store.verified {
        Some(at) if store.kept.is_empty() => {
            writeln!(f, "    searched again at {at:.0}, and nothing found")
        }
        Some(at) => writeln!(
            f,
            "    searched again at {at:.0}, and nothing found but what is kept"
        ),
        None => writeln!(f, "    not searched again"),
    }
}
