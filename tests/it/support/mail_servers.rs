//! Real mail servers: Exim takes letters over SMTP, and Dovecot serves the Maildirs into which Exim
//! puts them. Each test has its own two, on ports of its own, in a folder of its own; both go with
//! it. They run as nobody where the tests run as root, since neither serves root.
//!
//! Mail to `…@northwind.example` lies in the account `privacy`, mail to `…@halden.example` in the
//! account `people`. To `nobody-here@…` is no such mailbox, and to other domains nothing is relayed.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use lethe::auth::token::Token;
use lethe::config::{After, Begin, Config, Inbox, Login, Smtp, Tls, Transport};

/// The account of the vendor.
pub const PRIVACY: &str = "privacy";
/// The account of everybody else.
pub const PEOPLE: &str = "people";
/// Of both accounts, and of `lethe` at the SMTP server.
pub const MAIL_PASSWORD: &str = "hush \"{3}\" ü";

const DOVECOT: &str = "/usr/sbin/dovecot";
const EXIM: &str = "/usr/sbin/exim4";

/// How long a server may take to start or to deliver, before the test has failed.
const PATIENCE: Duration = Duration::from_secs(60);

/// Whoever runs the servers.
struct User {
    name: String,
    group: String,
    uid: u32,
    gid: u32,
    is_other: bool,
}

/// The servers of one test.
pub struct MailServers {
    pub folder: PathBuf,
    pub smtp_port: u16,
    pub imap_port: u16,
    pub imaps_port: u16,
    user: User,
    smtp: Option<Child>,
    imap: Option<Child>,
}

impl MailServers {
    /// Starts both.
    pub fn start() -> MailServers {
        let version = said(DOVECOT, &["--version"]);
        assert!(
            version.starts_with("2.3."),
            "these tests write a configuration for Dovecot 2.3, as Debian 12 has it; here is \
             {version:?}. Run `bin/test`, which installs what is missing, or teach \
             tests/it/support/mail_servers.rs the syntax of 2.4"
        );
        said(EXIM, &["-bV"]);
        let name = Token::random().as_str()[..12].replace(['-', '_'], "x");
        let folder = std::env::temp_dir().join(format!("lethe-mail-{name}"));
        let mut servers = MailServers {
            folder,
            smtp_port: 0,
            imap_port: 0,
            imaps_port: 0,
            user: user(),
            smtp: None,
            imap: None,
        };
        servers.lay_out();
        servers.start_smtp();
        servers.start_imap();
        servers
    }

    fn lay_out(&self) {
        let folder = &self.folder;
        fs::create_dir(folder).unwrap();
        for part in ["run", "spool", "log", "mail"] {
            fs::create_dir(folder.join(part)).unwrap();
        }
        let mut users = String::new();
        let User { uid, gid, .. } = self.user;
        for account in [PRIVACY, PEOPLE] {
            for part in ["new", "cur", "tmp"] {
                fs::create_dir_all(self.maildir(account).join(part)).unwrap();
            }
            let home = folder.join("mail").join(account);
            // The format of the file leaves no room for a colon, and needs none for the rest.
            let home = home.display();
            users += &format!("{account}:{{PLAIN}}{MAIL_PASSWORD}:{uid}:{gid}::{home}::\n");
        }
        fs::write(folder.join("users"), users).unwrap();
        let made = Command::new("openssl")
            .args(["req", "-x509", "-newkey", "ec", "-nodes", "-days", "2"])
            .args([
                "-pkeyopt",
                "ec_paramgen_curve:P-256",
                "-subj",
                "/CN=localhost",
            ])
            .args(["-addext", "subjectAltName=DNS:localhost"])
            .args(["-addext", "basicConstraints=critical,CA:FALSE"])
            .arg("-keyout")
            .arg(folder.join("key.pem"))
            .arg("-out")
            .arg(folder.join("cert.pem"))
            .stderr(Stdio::null())
            .status();
        assert!(made.unwrap().success(), "openssl makes no certificate");
        self.give(folder);
    }

    /// Gives a folder and all in it to whoever runs the servers.
    fn give(&self, path: &Path) {
        if self.user.is_other {
            chown(path, Some(self.user.uid), Some(self.user.gid)).unwrap();
        }
        if path.is_dir() {
            fs::set_permissions(path, fs::Permissions::from_mode(0o700)).unwrap();
            for entry in fs::read_dir(path).unwrap() {
                self.give(&entry.unwrap().path());
            }
        }
    }

    /// Starts the SMTP server; the port stays the same from the first start on.
    pub fn start_smtp(&mut self) {
        assert!(self.smtp.is_none(), "the SMTP server runs");
        for _ in 0..5 {
            let port = Some(self.smtp_port).filter(|port| *port > 0);
            let port = port.unwrap_or_else(free_port);
            let file = self.folder.join("exim.conf");
            fs::write(&file, self.exim(port)).unwrap();
            self.give(&file);
            let mut command = Command::new(EXIM);
            command.arg("-C").arg(&file).arg("-bdf");
            if let Some(child) = self.run(&mut command, "exim", port, "220 ") {
                self.smtp_port = port;
                self.smtp = Some(child);
                return;
            }
        }
        panic!("Exim does not start:\n{}", self.logs());
    }

    /// Starts the IMAP server; the ports stay the same from the first start on.
    pub fn start_imap(&mut self) {
        assert!(self.imap.is_none(), "the IMAP server runs");
        for _ in 0..5 {
            let kept = |port: u16| Some(port).filter(|port| *port > 0);
            let port = kept(self.imap_port).unwrap_or_else(free_port);
            let secure = kept(self.imaps_port).unwrap_or_else(free_port);
            let file = self.folder.join("dovecot.conf");
            fs::write(&file, self.dovecot(port, secure)).unwrap();
            self.give(&file);
            let mut command = Command::new(DOVECOT);
            command.arg("-F").arg("-c").arg(&file);
            if let Some(child) = self.run(&mut command, "dovecot", port, "* OK") {
                (self.imap_port, self.imaps_port) = (port, secure);
                self.imap = Some(child);
                return;
            }
        }
        panic!("Dovecot does not start:\n{}", self.logs());
    }

    /// Stops the SMTP server at once, connections and all.
    pub fn stop_smtp(&mut self) {
        end(self.smtp.take());
    }

    /// Stops the IMAP server at once, connections and all.
    pub fn stop_imap(&mut self) {
        end(self.imap.take());
    }

    /// Whether the SMTP server answers every recipient with "later" (451).
    pub fn set_busy(&self, is_busy: bool) {
        let file = self.folder.join("busy");
        if is_busy {
            fs::write(&file, "").unwrap();
            self.give(&file);
        } else {
            fs::remove_file(&file).unwrap();
        }
    }

    /// Numbers the messages of an account anew, as after a restored backup.
    pub fn renumber(&mut self, account: &str) {
        self.stop_imap();
        let maildir = self.maildir(account);
        for entry in fs::read_dir(&maildir).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if name == "dovecot-uidlist" {
                let list = fs::read_to_string(&path).unwrap();
                let (_, rest) = list.split_once(" V").unwrap();
                let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
                let next = digits.parse::<u32>().unwrap() + 1;
                fs::write(&path, format!("3 V{next} N1\n")).unwrap();
                self.give(&path);
            } else if name.starts_with("dovecot") {
                fs::remove_file(&path).unwrap();
            }
        }
        self.start_imap();
    }

    /// The way to the SMTP server for a configuration, over STARTTLS and with a login.
    pub fn smtp(&self) -> Smtp {
        Smtp {
            host: "localhost".to_owned(),
            port: self.smtp_port,
            tls: Tls::StartTls,
            authorities: Some(self.certificate()),
            login: Some(login("lethe")),
        }
    }

    /// The mailbox `privacy` for a configuration, over TLS; all that lies in it is read.
    pub fn inbox(&self) -> Inbox {
        Inbox {
            name: "support".to_owned(),
            host: "localhost".to_owned(),
            port: self.imaps_port,
            tls: Tls::Required,
            authorities: Some(self.certificate()),
            login: login(PRIVACY),
            folder: "INBOX".to_owned(),
            begin: Begin::All,
            after: After::Seen,
        }
    }

    /// Lets an application send through these servers, and read `privacy`.
    pub fn serve(&self, config: &mut Config) {
        config.mail.transport = Transport::Smtp(self.smtp());
        config.mail.bounces = Some("bounce@northwind.example".parse().unwrap());
        config.mail.inboxes = vec![self.inbox()];
    }

    /// The certificate of both servers, in PEM.
    pub fn certificate(&self) -> String {
        fs::read_to_string(self.folder.join("cert.pem")).unwrap()
    }

    /// Puts a mail into an account, byte for byte, as a delivery does.
    pub fn put(&self, account: &str, mail: &[u8]) {
        self.put_as(account, Token::random().as_str(), mail);
    }

    /// The same, under a name by which Dovecot orders what it numbers.
    pub fn put_as(&self, account: &str, name: &str, mail: &[u8]) {
        let name = format!("{name}.lethe");
        let maildir = self.maildir(account);
        let (part, whole) = (
            maildir.join("tmp").join(&name),
            maildir.join("new").join(&name),
        );
        fs::write(&part, mail).unwrap();
        self.give(&part);
        fs::rename(part, whole).unwrap();
    }

    /// The mails of an account as they lie on the disk, the oldest delivery first.
    pub fn mails(&self, account: &str) -> Vec<String> {
        let read = |path: &PathBuf| String::from_utf8_lossy(&fs::read(path).unwrap()).into_owned();
        self.files(account).iter().map(read).collect()
    }

    fn files(&self, account: &str) -> Vec<PathBuf> {
        let mut files: Vec<_> = ["new", "cur"]
            .iter()
            .flat_map(|part| fs::read_dir(self.maildir(account).join(part)).unwrap())
            .map(|entry| entry.unwrap().path())
            .collect();
        files.sort_by_key(|path| path.file_name().map(ToOwned::to_owned));
        files
    }

    /// The files of an account in which the words stand.
    pub fn files_with(&self, account: &str, words: &str) -> Vec<PathBuf> {
        self.files(account)
            .into_iter()
            .filter(|path| String::from_utf8_lossy(&fs::read(path).unwrap()).contains(words))
            .collect()
    }

    /// How many mails of an account are marked as seen.
    pub fn seen(&self, account: &str) -> usize {
        let is_seen = |path: &PathBuf| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            name.split_once(":2,")
                .is_some_and(|(_, flags)| flags.contains('S'))
        };
        self.files(account)
            .iter()
            .filter(|path| is_seen(path))
            .count()
    }

    /// The mails of an account once there are so many: what the server took is delivered after it
    /// answered.
    pub async fn until_mails(&self, account: &str, count: usize) -> Vec<String> {
        let began = Instant::now();
        loop {
            let mails = self.mails(account);
            if mails.len() >= count {
                return mails;
            }
            assert!(
                began.elapsed() < PATIENCE,
                "{} mails of {count} came:\n{}",
                mails.len(),
                self.logs()
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// What the servers wrote down.
    pub fn logs(&self) -> String {
        let files = [
            "exim.out",
            "log/mainlog",
            "log/rejectlog",
            "log/paniclog",
            "dovecot.out",
            "dovecot.log",
        ];
        let read = |file: &&str| fs::read_to_string(self.folder.join(file)).ok();
        files.iter().filter_map(read).collect()
    }

    fn maildir(&self, account: &str) -> PathBuf {
        self.folder.join("mail").join(account).join("Maildir")
    }

    /// Starts a server and waits for its greeting; none if it ended, for example because somebody
    /// took the port meanwhile.
    fn run(&self, command: &mut Command, name: &str, port: u16, greeting: &str) -> Option<Child> {
        let out = fs::File::create(self.folder.join(format!("{name}.out"))).unwrap();
        command
            .current_dir(&self.folder)
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(out.try_clone().unwrap())
            .stderr(out);
        if self.user.is_other {
            command.uid(self.user.uid).gid(self.user.gid);
        }
        let mut child = command.spawn().unwrap();
        let began = Instant::now();
        while began.elapsed() < PATIENCE {
            if child.try_wait().unwrap().is_some() {
                return None;
            }
            if greets(port, greeting) {
                return Some(child);
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        end(Some(child));
        None
    }

    fn exim(&self, port: u16) -> String {
        let User { name, group, .. } = &self.user;
        let folder = self.folder.display();
        fs::write(self.folder.join("password"), MAIL_PASSWORD).unwrap();
        self.give(&self.folder.join("password"));
        format!(
            r#"exim_user = {name}
exim_group = {group}
never_users =
primary_hostname = northwind.example
spool_directory = {folder}/spool
log_file_path = {folder}/log/%slog
pid_file_path = {folder}/exim.pid
local_interfaces = 127.0.0.1
daemon_smtp_ports = {port}
keep_environment =
deliver_drop_privilege = true
message_size_limit = 60M
tls_advertise_hosts = *
tls_certificate = {folder}/cert.pem
tls_privatekey = {folder}/key.pem
acl_smtp_mail = sender
acl_smtp_rcpt = recipient
begin acl
sender:
  accept control = dkim_disable_verify
recipient:
  defer condition = ${{if exists{{{folder}/busy}}}}
        message = 4.3.2 come back later
  deny domains = northwind.example : halden.example
       local_parts = nobody-here
       message = 5.1.1 no such mailbox
  accept domains = northwind.example : halden.example
  deny message = relay not permitted
begin routers
vendor:
  driver = accept
  domains = northwind.example
  transport = privacy
people:
  driver = accept
  domains = halden.example
  transport = people
begin transports
{privacy}{people}begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = ${{if and{{{{eq{{$auth2}}{{lethe}}}}{{eq{{$auth3}}{{${{readfile{{{folder}/password}}}}}}}}}}}}
  server_advertise_condition = true
"#,
            privacy = self.transport(PRIVACY),
            people = self.transport(PEOPLE),
        )
    }

    fn transport(&self, account: &str) -> String {
        let User { name, group, .. } = &self.user;
        format!(
            r"{account}:
  driver = appendfile
  maildir_format
  directory = {maildir}
  user = {name}
  group = {group}
  return_path_add
  envelope_to_add
  delivery_date_add
  headers_add = Delivered-To: $local_part@$domain
",
            maildir = self.maildir(account).display()
        )
    }

    fn dovecot(&self, port: u16, secure: u16) -> String {
        let User { name, group, .. } = &self.user;
        let folder = self.folder.display();
        format!(
            r"protocols = imap
listen = 127.0.0.1
base_dir = {folder}/run
state_dir = {folder}/run
log_path = {folder}/dovecot.log
default_internal_user = {name}
default_internal_group = {group}
default_login_user = {name}
first_valid_uid = 1
first_valid_gid = 1
ssl = yes
ssl_cert = <{folder}/cert.pem
ssl_key = <{folder}/key.pem
disable_plaintext_auth = no
auth_mechanisms = plain
auth_failure_delay = 0
mail_location = maildir:%h/Maildir
mail_fsync = never
mailbox_idle_check_interval = 1s
passdb {{
  driver = passwd-file
  args = {folder}/users
}}
userdb {{
  driver = passwd-file
  args = {folder}/users
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {secure}
  }}
}}
"
        )
    }
}

impl Drop for MailServers {
    fn drop(&mut self) {
        self.stop_smtp();
        self.stop_imap();
        if std::thread::panicking() {
            eprintln!("{}", self.logs());
        }
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Name and password at either server.
fn login(user: &str) -> Login {
    Login {
        user: user.to_owned(),
        password: MAIL_PASSWORD.into(),
    }
}

/// Ends a server with all processes that it started: they are a group of their own.
fn end(child: Option<Child>) {
    if let Some(mut child) = child {
        let group = format!("kill -KILL -{}", child.id());
        let _ = Command::new("sh").args(["-c", &group]).status();
        let _ = child.wait();
    }
}

fn greets(port: u16, greeting: &str) -> bool {
    let Ok(stream) = TcpStream::connect(("127.0.0.1", port)) else {
        return false;
    };
    stream
        .set_read_timeout(Some(Duration::from_secs(5)))
        .unwrap();
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line).is_ok() && line.starts_with(greeting)
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

/// What a program says; if it is not there, the test has failed and says so.
fn said(program: &str, args: &[&str]) -> String {
    let output = Command::new(program)
        .args(args)
        .output()
        .unwrap_or_else(|error| {
            panic!(
                "{program} cannot be started ({error}): these tests need dovecot-imapd, \
             exim4-daemon-light and openssl; `bin/test` installs them"
            )
        });
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

fn user() -> User {
    let number = |args: &[&str]| said("id", args).parse::<u32>().unwrap();
    let is_other = number(&["-u"]) == 0;
    let who = if is_other { vec!["nobody"] } else { Vec::new() };
    let ask = |what: &'static str| [vec![what], who.clone()].concat();
    User {
        name: said("id", &ask("-un")),
        group: said("id", &ask("-gn")),
        uid: number(&ask("-u")),
        gid: number(&ask("-g")),
        is_other,
    }
}
