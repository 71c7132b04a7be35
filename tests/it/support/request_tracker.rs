//! A real Request Tracker 5 from Debian's package, on loopback, in a folder of its own with a SQLite
//! file of its own, and the helper of contrib/request-tracker beside it. A filled database is made
//! once and copied for each test. It can be had in a database of PostgreSQL or MariaDB too.

use std::fs;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use lethe::clock::Clock;
use lethe::config::stores;
use lethe::connectors::{self, Guarded};

use super::sql_servers::{Engine, shared};

const SHARE: &str = "/usr/share/request-tracker5";
const SEED: &str = include_str!("../../data/request_tracker_seed.pl");
const PLACES: &str = include_str!("../../data/request_tracker_places.pl");
pub const SECRET: &str = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

const RIGHTS: &str =
    "SeeQueue ShowTicket ShowTicketComments ShowOutgoingEmail SeeCustomField AdminUsers";

/// How long a server may take to start, before the test has failed.
const PATIENCE: Duration = Duration::from_secs(60);

/// The password of RT in a database of a server.
const PLAIN: &str = "only-here";

/// Tickets of `many@example.org`.
pub const MANY: usize = 40;

/// The texts by which Anna is known.
pub const ANNA: [&str; 5] = [
    "anna.kowalska@example.org",
    "anna.old@example.org",
    "Anna Kowalska",
    "+48 600 100 200",
    "+48 600-100-200",
];

/// One Request Tracker.
pub struct RequestTracker {
    pub folder: PathBuf,
    pub port: u16,
    pub helper_port: u16,
    pub token: String,
    server: Option<Child>,
    helper: Option<Child>,
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

/// A folder that nothing else uses.
fn folder() -> PathBuf {
    let id: String = lethe::seal::random::<6>()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let folder = std::env::temp_dir().join(format!("lethe-rt-{id}"));
    fs::create_dir(&folder).unwrap();
    folder
}

/// Where RT keeps all, in the words of its configuration.
fn in_file(folder: &Path) -> String {
    let at = folder.display();
    format!("Set($DatabaseType, 'SQLite'); Set($DatabaseName, '{at}/rt.sqlite');")
}

fn configure(folder: &Path, port: u16, database: &str) {
    for part in ["conf.d", "shredder", "log", "mason", "sessions", "state"] {
        fs::create_dir_all(folder.join(part)).unwrap();
    }
    let at = folder.display();
    let config = format!(
        r#"Set($rtname, 'dsr-rt.test'); Set($Organization, 'dsr-rt.test');
Set($CorrespondAddress, 'support@dsr-rt.test'); Set($CommentAddress, 'support-comment@dsr-rt.test');
Set($WebDomain, '127.0.0.1'); Set($WebPort, {port}); Set($WebBaseURL, 'http://127.0.0.1:{port}'); Set($WebPath, '');
{database}
Set($LogToSyslog, undef); Set($LogToFile, 'warning'); Set($LogDir, '{at}/log'); Set($LogToFileNamed, 'rt.log'); Set($LogToSTDERR, 'error');
Set($MailCommand, 'sendmailpipe'); Set($SendmailPath, '{at}/sendmail'); Set($Timezone, 'UTC'); Set(%GnuPG, Enable => 0); Set(%SMIME, Enable => 0);
Set($ShredderStoragePath, '{at}/shredder');
$RT::MasonDataDir = '{at}/mason'; $RT::MasonSessionDir = '{at}/sessions';
1;
"#
    );
    fs::write(folder.join("RT_SiteConfig.pm"), config).unwrap();
    let sendmail = folder.join("sendmail");
    fs::write(&sendmail, format!("#!/bin/sh\ncat >> {at}/mail\n")).unwrap();
    fs::set_permissions(&sendmail, fs::Permissions::from_mode(0o700)).unwrap();
}

fn rt_command(folder: &Path, program: &str) -> Command {
    let mut command = Command::new(program);
    command
        .env("RT_SITE_CONFIG", folder.join("RT_SiteConfig.pm"))
        .env("RT_SITE_CONFIG_DIR", folder.join("conf.d"))
        .env("LETHE_RT_STATE", folder.join("state"))
        .env("LETHE_RT_SECRET_FILE", folder.join("secret"))
        .stdin(Stdio::null());
    command
}

fn run(command: &mut Command) -> Output {
    let said = command.output().unwrap_or_else(|error| {
        panic!("{command:?}: {error}. Run `bin/test`, which installs what is missing")
    });
    assert!(
        said.status.success(),
        "{command:?}: {}{}",
        String::from_utf8_lossy(&said.stdout),
        String::from_utf8_lossy(&said.stderr)
    );
    said
}

/// A filled database and the token of its service account; made once for all tests of a build.
fn template() -> PathBuf {
    static MAKING: Mutex<()> = Mutex::new(());
    let _making = MAKING
        .lock()
        .unwrap_or_else(|poisoned| poisoned.into_inner());
    let sum: u64 = SEED
        .bytes()
        .chain(MANY.to_string().bytes())
        .fold(8, |sum, byte| {
            sum.wrapping_mul(1_099_511_628_211)
                .wrapping_add(byte.into())
        });
    let made = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("rt-{sum:016x}"));
    if made.join("token").exists() {
        return made;
    }
    let folder = folder();
    configure(&folder, 1, &in_file(&folder));
    let token = fill(&folder, &[]);
    // Another process may be making the same.
    let making = made.with_extension(std::process::id().to_string());
    fs::create_dir_all(&making).unwrap();
    fs::copy(folder.join("rt.sqlite"), making.join("rt.sqlite")).unwrap();
    fs::copy(folder.join("mail"), making.join("mail")).unwrap();
    fs::write(making.join("token"), token).unwrap();
    fs::remove_dir_all(&folder).unwrap();
    if fs::rename(&making, &made).is_err() {
        fs::remove_dir_all(&making).unwrap();
    }
    made
}

/// Makes the tables and fills them; the token of the service account.
fn fill(folder: &Path, signed_in: &[&str]) -> String {
    run(rt_command(folder, "rt-setup-database")
        .args(["--action", "init", "--skip-create"])
        .args(signed_in));
    fs::write(folder.join("seed.pl"), SEED).unwrap();
    let said = run(rt_command(folder, "perl")
        .env("MANY", MANY.to_string())
        .arg(folder.join("seed.pl")));
    String::from_utf8(said.stdout).unwrap().trim().to_owned()
}

impl RequestTracker {
    /// Starts one with the helper, in a database of a server.
    pub async fn with_helper_on(engine: Engine) -> RequestTracker {
        let server = shared(engine);
        let db = server.database().await;
        let (name, user) = (&db.name, format!("{}_erases", db.name));
        // RT's own configuration, in Perl, takes it as it is.
        let (kind, rights) = match engine {
            Engine::Postgresql => (
                "Pg",
                [
                    format!("ALTER DATABASE {name} OWNER TO {user}"),
                    format!("ALTER ROLE {user} PASSWORD '{PLAIN}'"),
                ],
            ),
            Engine::Mariadb => (
                "mysql",
                [
                    format!("GRANT ALL ON *.* TO {user} WITH GRANT OPTION"),
                    format!("ALTER USER {user} IDENTIFIED BY '{PLAIN}'"),
                ],
            ),
            Engine::Sqlite => panic!("that is RequestTracker::with_helper"),
        };
        for right in rights {
            db.script(&right).await;
        }
        let database = format!(
            "Set($DatabaseType, '{kind}'); Set($DatabaseName, '{name}'); \
             Set($DatabaseHost, '127.0.0.1'); Set($DatabaseRTHost, '127.0.0.1'); \
             Set($DatabasePort, '{}'); Set($DatabaseUser, '{user}'); \
             Set($DatabasePassword, '{PLAIN}');",
            server.address().port()
        );
        let (folder, port) = (folder(), free_port());
        configure(&folder, port, &database);
        let token = fill(&folder, &["--dba", &user, "--dba-password", PLAIN]);
        RequestTracker::at(folder, port, token).and_helper()
    }

    /// Starts one, without the helper.
    pub fn start() -> RequestTracker {
        let template = template();
        let folder = folder();
        let port = free_port();
        configure(&folder, port, &in_file(&folder));
        for file in ["rt.sqlite", "mail"] {
            fs::copy(template.join(file), folder.join(file)).unwrap();
        }
        let token = fs::read_to_string(template.join("token")).unwrap();
        RequestTracker::at(folder, port, token)
    }

    fn at(folder: PathBuf, port: u16, token: String) -> RequestTracker {
        fs::write(folder.join("secret"), SECRET).unwrap();
        let mut tracker = RequestTracker {
            token,
            folder,
            port,
            helper_port: 0,
            server: None,
            helper: None,
        };
        tracker.start_server();
        tracker
    }

    /// Starts one with the helper.
    pub fn with_helper() -> RequestTracker {
        RequestTracker::start().and_helper()
    }

    fn and_helper(mut self) -> RequestTracker {
        self.helper_port = free_port();
        self.start_helper();
        self
    }

    fn start_server(&mut self) {
        let mut command = rt_command(&self.folder, &format!("{SHARE}/libexec/rt-server"));
        command.args([
            "--server",
            "Starlet",
            "--host",
            "127.0.0.1",
            "--max-workers",
            "2",
        ]);
        command.args(["--port", &self.port.to_string()]);
        self.server = Some(self.spawn(command, "server", self.port));
    }

    pub fn start_helper(&mut self) {
        let mut command = rt_command(&self.folder, "plackup");
        command.args([
            "--server",
            "Starlet",
            "--host",
            "127.0.0.1",
            "--max-workers",
            "2",
        ]);
        command.args([
            "--port",
            &self.helper_port.to_string(),
            "--env",
            "deployment",
        ]);
        command.env("LETHE_RT_DEBUG", "1");
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        command.arg(root.join("contrib/request-tracker/lethe-rt-helper.psgi"));
        self.helper = Some(self.spawn(command, "helper", self.helper_port));
    }

    fn spawn(&self, mut command: Command, name: &str, port: u16) -> Child {
        let log = fs::File::create(self.folder.join(format!("log/{name}.out"))).unwrap();
        let mut child = command
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .process_group(0)
            .spawn()
            .unwrap();
        let begun = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            let ended = child.try_wait().unwrap();
            assert!(
                ended.is_none() && begun.elapsed() < PATIENCE,
                "{name} does not start:\n{}",
                self.logs()
            );
            std::thread::sleep(Duration::from_millis(50));
        }
        child
    }

    pub fn stop_helper(&mut self) {
        end(&mut self.helper);
        // Its workers end a little later than itself.
        let begun = Instant::now();
        while TcpStream::connect(self.helper_address()).is_ok() {
            assert!(begun.elapsed() < PATIENCE, "the helper does not end");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    pub fn logs(&self) -> String {
        let mut logs = String::new();
        for entry in fs::read_dir(self.folder.join("log")).unwrap() {
            let path = entry.unwrap().path();
            logs += &format!(
                "--- {}\n{}\n",
                path.display(),
                fs::read_to_string(&path).unwrap()
            );
        }
        logs
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], self.port))
    }

    /// Where its helper listens.
    pub fn helper_address(&self) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], self.helper_port))
    }

    /// The connector in record mode.
    pub fn by_record(&self) -> Arc<Guarded> {
        self.connector(self.address(), None, "")
    }

    /// The connector in full mode.
    pub fn by_helper(&self) -> Arc<Guarded> {
        self.connector(self.address(), Some(self.helper_address()), "")
    }

    /// The connector by way of these addresses.
    pub fn connector(
        &self,
        rt: SocketAddr,
        helper: Option<SocketAddr>,
        more: &str,
    ) -> Arc<Guarded> {
        let (mode, helper) = match helper {
            None => ("record", String::new()),
            Some(helper) => (
                "full",
                format!("[request_tracker.helper]\nurl = \"http://{helper}\"\n"),
            ),
        };
        let text = format!(
            "name = \"rt\"\ntitle = \"RT\"\ncategory = \"ticket\"\ntimeout_seconds = 60\n\
             [request_tracker]\nurl = \"http://{rt}\"\nmode = \"{mode}\"\n{more}\n{helper}"
        );
        let file = stores::parse(&text, &self.folder, &|name| match name {
            "LETHE_STORE_RT_TOKEN" => Some(self.token.clone()),
            "LETHE_STORE_RT_HELPER_SECRET" => Some(SECRET.to_owned()),
            _ => None,
        });
        let mut opened = connectors::open(&[file.unwrap()], &Clock::system()).unwrap();
        opened.remove(0)
    }

    /// Runs Perl with RT's own modules.
    pub fn perl(&self, program: &str) -> String {
        let before = format!("use lib '{SHARE}/lib'; use RT -init; {program}");
        let said = run(rt_command(&self.folder, "perl").args(["-e", &before]));
        String::from_utf8(said.stdout).unwrap()
    }

    /// Runs a command line as an operator would.
    pub fn shell(&self, line: &str) -> String {
        let said = run(rt_command(&self.folder, "sh").args(["-c", line]));
        String::from_utf8_lossy(&said.stdout).into_owned() + &String::from_utf8_lossy(&said.stderr)
    }

    /// Every place in the database that holds one of the texts.
    pub fn places(&self, texts: &[&str]) -> Vec<String> {
        let program = self.folder.join("places.pl");
        fs::write(&program, PLACES).unwrap();
        let file = self.folder.join("rt.sqlite");
        let said = run(Command::new("perl").arg(program).arg(file).args(texts));
        let said = String::from_utf8(said.stdout).unwrap();
        said.lines().map(str::to_owned).collect()
    }

    /// The texts that stand anywhere in the bytes of the database's file, free pages included.
    pub fn bytes_with<'a>(&self, texts: &[&'a str]) -> Vec<&'a str> {
        let bytes = fs::read(self.folder.join("rt.sqlite")).unwrap();
        let bytes = String::from_utf8_lossy(&bytes).to_lowercase();
        let bytes = bytes.replace("joanna.kowalska", "joanna.");
        let holds = |text: &&&str| bytes.contains(&text.to_lowercase());
        texts.iter().filter(holds).copied().collect()
    }

    /// How many letters RT has sent.
    pub fn letters(&self) -> usize {
        let mail = fs::read_to_string(self.folder.join("mail")).unwrap_or_default();
        mail.lines()
            .filter(|line| line.starts_with("Subject: "))
            .count()
    }

    /// What RT's own check of the database complains of.
    pub fn complaints(&self) -> String {
        let said = rt_command(&self.folder, "rt-validator")
            .arg("--check")
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&said.stdout) + String::from_utf8_lossy(&said.stderr);
        // It wishes for another package each time.
        let lines = said
            .lines()
            .filter(|line| !line.contains("internal HTML converter"));
        lines.collect()
    }

    /// Gives the service account every right but this one.
    pub fn revoke_only(&self, right: &str) {
        self.perl(&format!(
            "my $u = RT::User->new(RT->SystemUser); $u->Load('dsr-portal'); my $p = $u->PrincipalObj; \
             for (qw({RIGHTS})) {{ my $has = $p->HasRight(Right => $_, Object => RT->System); \
             my $should = $_ ne '{right}'; next if !$has == !$should; \
             my ($ok, $why) = $should ? $p->GrantRight(Right => $_, Object => RT->System) \
             : $p->RevokeRight(Right => $_, Object => RT->System); die $why unless $ok }}"
        ));
    }

    /// Ends all sessions.
    pub fn end_sessions(&self) {
        for part in fs::read_dir(self.folder.join("sessions")).unwrap() {
            let part = part.unwrap().path();
            if part.is_file() {
                fs::remove_file(part).unwrap();
            }
        }
    }
}

fn end(child: &mut Option<Child>) {
    if let Some(mut child) = child.take() {
        let group = format!("-{}", child.id());
        let _ = Command::new("kill").args(["-KILL", "--", &group]).status();
        let _ = child.wait();
    }
}

impl Drop for RequestTracker {
    fn drop(&mut self) {
        end(&mut self.server);
        end(&mut self.helper);
        let _ = fs::remove_dir_all(&self.folder);
    }
}
