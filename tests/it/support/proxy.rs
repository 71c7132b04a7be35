//! A proxy on loopback in front of any TCP server, that misbehaves on command: it stands between a
//! connector and the system it asks. It runs in a thread of its own, so that tests which wait for a
//! program can use it too.
//!
//! ```ignore
//! let proxy = Proxy::http(server);                   // or Proxy::tcp for PostgreSQL, MariaDB, mail
//! for k in 0.. {
//!     proxy.fail_request(k, How::CloseAfterRequest); // counts anew
//!     run(proxy.url()).await;
//!     if proxy.requests_seen() <= k {
//!         break;                                     // there was no k-th request: all were failed
//!     }
//! }
//! ```
//!
//! A request of [`Proxy::http`] is an HTTP request, also on connections that are kept. A request of
//! [`Proxy::tcp`] is what the client says until the server says something again.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::mpsc as std_mpsc;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

/// What becomes of a request or of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// Nothing special.
    Pass,
    /// The connection is reset, and the server hears nothing.
    Refuse,
    /// Taken, and never answered; the server hears nothing.
    Swallow,
    /// Passed on, and the connection ends before the answer: the deed is done, the word is lost.
    CloseAfterRequest,
    /// Passed on, and the connection ends after so many bytes of the answer, its head included.
    Truncate(usize),
    /// The same in the middle of the answer's body (of its first part, where it is not HTTP).
    Half,
    /// Passed on at once; the answer comes so much later.
    Delay(Duration),
    /// HTTP: answered with this status, and the server hears nothing.
    Status(u16),
    /// HTTP: passed on, and answered with this status instead.
    StatusAfterRequest(u16),
    /// HTTP: answered with 429 and `Retry-After` of so many seconds; the server hears nothing.
    Busy(u32),
}

impl How {
    /// Every way in which one request can fail at once, over HTTP.
    pub const HTTP: [How; 8] = [
        How::Refuse,
        How::CloseAfterRequest,
        How::Truncate(0),
        How::Truncate(40),
        How::Half,
        How::Status(500),
        How::StatusAfterRequest(502),
        How::Busy(1),
    ];

    /// Every way in which one request can fail at once, over any protocol.
    pub const TCP: [How; 4] = [
        How::Refuse,
        How::CloseAfterRequest,
        How::Truncate(1),
        How::Half,
    ];

    fn is_http_only(self) -> bool {
        matches!(
            self,
            How::Status(_) | How::StatusAfterRequest(_) | How::Busy(_)
        )
    }
}

/// A proxy. It ends with its value, and cuts what is open.
pub struct Proxy {
    at: SocketAddr,
    is_http: bool,
    state: Arc<State>,
    commands: Option<mpsc::UnboundedSender<(Command, std_mpsc::Sender<()>)>>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Clone, Copy)]
enum Command {
    Cut,
    Shut,
    Open,
}

struct State {
    rule: Mutex<Rule>,
    requests: watch::Sender<usize>,
    connections: watch::Sender<usize>,
}

/// What fails: requests or connections from one up to, not including, another.
#[derive(Clone, Copy)]
struct Rule {
    of_connections: bool,
    from: usize,
    until: usize,
    how: How,
}

impl State {
    fn next(&self, of_connections: bool) -> How {
        // Under the lock, so that a rule which counts anew comes before or after, never between.
        let rule = self.rule.lock().unwrap();
        let counter = if of_connections {
            &self.connections
        } else {
            &self.requests
        };
        let mut number = 0;
        counter.send_modify(|seen| {
            number = *seen;
            *seen += 1;
        });
        let hit =
            rule.of_connections == of_connections && (rule.from..rule.until).contains(&number);
        if hit { rule.how } else { How::Pass }
    }
}

impl Proxy {
    /// In front of an HTTP server.
    pub fn http(to: SocketAddr) -> Proxy {
        Proxy::start(to, true)
    }

    /// In front of any other server.
    pub fn tcp(to: SocketAddr) -> Proxy {
        Proxy::start(to, false)
    }

    fn start(to: SocketAddr, is_http: bool) -> Proxy {
        let state = Arc::new(State {
            rule: Mutex::new(Rule {
                of_connections: false,
                from: 0,
                until: 0,
                how: How::Pass,
            }),
            requests: watch::Sender::new(0),
            connections: watch::Sender::new(0),
        });
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        listener.set_nonblocking(true).unwrap();
        let at = listener.local_addr().unwrap();
        let (commands, orders) = mpsc::unbounded_channel();
        let shared = state.clone();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(accept(listener, to, is_http, shared, orders));
        });
        Proxy {
            at,
            is_http,
            state,
            commands: Some(commands),
            thread: Some(thread),
        }
    }

    /// Where it listens; `address().port()` is its port.
    pub fn address(&self) -> SocketAddr {
        self.at
    }

    /// Where it listens, for HTTP, without a slash at the end.
    pub fn url(&self) -> String {
        format!("http://{}", self.at)
    }

    /// Lets everything pass from now on, and counts anew. What it swallowed stays swallowed.
    pub fn pass(&self) {
        self.rule(false, 0, 0, How::Pass);
    }

    /// Fails the `k`-th request from now, the first being 0, and no other.
    pub fn fail_request(&self, k: usize, how: How) {
        self.rule(false, k, k + 1, how);
    }

    /// Fails the next `count` requests.
    pub fn fail_next(&self, count: usize, how: How) {
        self.rule(false, 0, count, how);
    }

    /// Fails the `k`-th request from now and all after it.
    pub fn fail_from(&self, k: usize, how: How) {
        self.rule(false, k, usize::MAX, how);
    }

    /// Fails the next `count` connections, from their first byte on, whoever speaks first.
    pub fn fail_connections(&self, count: usize, how: How) {
        self.rule(true, 0, count, how);
    }

    fn rule(&self, of_connections: bool, from: usize, until: usize, how: How) {
        assert!(
            self.is_http || !how.is_http_only(),
            "{how:?} is for Proxy::http"
        );
        let mut rule = self.state.rule.lock().unwrap();
        *rule = Rule {
            of_connections,
            from,
            until,
            how,
        };
        self.state.requests.send_replace(0);
        self.state.connections.send_replace(0);
    }

    /// Requests since the last command, the failed ones among them.
    pub fn requests_seen(&self) -> usize {
        *self.state.requests.borrow()
    }

    /// Connections since the last command, the failed ones among them.
    pub fn connections_seen(&self) -> usize {
        *self.state.connections.borrow()
    }

    /// Waits until so many requests have come since the last command: with [`How::Swallow`] the
    /// moment between two requests stands still, and the client can be killed in it.
    pub async fn until_requests(&self, count: usize) {
        let mut seen = self.state.requests.subscribe();
        let reached = seen.wait_for(|seen| *seen >= count);
        let reached = tokio::time::timeout(Duration::from_secs(60), reached).await;
        assert!(
            matches!(reached, Ok(Ok(_))),
            "{} requests came within a minute, not {count}",
            self.requests_seen()
        );
    }

    /// Ends the connections that are open.
    pub fn cut(&self) {
        self.command(Command::Cut);
    }

    /// Closes the port and ends the connections: nobody is there. When this returns, it is so.
    pub fn shut(&self) {
        self.command(Command::Shut);
    }

    /// Opens the same port again.
    pub fn open(&self) {
        self.command(Command::Open);
    }

    fn command(&self, command: Command) {
        let (done, wait) = std_mpsc::channel();
        let commands = self.commands.as_ref().unwrap();
        assert!(commands.send((command, done)).is_ok(), "the proxy is gone");
        wait.recv_timeout(Duration::from_secs(60))
            .expect("the proxy obeys");
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        drop(self.commands.take());
        if let Some(thread) = self.thread.take() {
            let ended = thread.join();
            assert!(
                ended.is_ok() || std::thread::panicking(),
                "the proxy panicked"
            );
        }
    }
}

async fn accept(
    listener: std::net::TcpListener,
    to: SocketAddr,
    is_http: bool,
    state: Arc<State>,
    mut orders: mpsc::UnboundedReceiver<(Command, std_mpsc::Sender<()>)>,
) {
    let at = listener.local_addr().unwrap();
    let mut listener = Some(TcpListener::from_std(listener).unwrap());
    let mut open = JoinSet::new();
    loop {
        let coming = async {
            match &listener {
                Some(listener) => listener.accept().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            order = orders.recv() => {
                let Some((command, done)) = order else { return };
                match command {
                    Command::Cut => {}
                    Command::Shut => listener = None,
                    Command::Open if listener.is_some() => {}
                    Command::Open => listener = Some(TcpListener::bind(at).await.unwrap()),
                }
                if !matches!(command, Command::Open) {
                    open.shutdown().await;
                }
                let _ = done.send(());
            }
            Ok((client, _)) = coming => {
                let how = state.next(true);
                if how == How::Refuse {
                    reset(client);
                    continue;
                }
                let _ = client.set_nodelay(true);
                let state = state.clone();
                open.spawn(async move {
                    // Whoever hangs up in between has the end that it wanted.
                    let _ = if is_http {
                        serve_http(client, to, &state, how).await
                    } else {
                        serve_tcp(client, to, &state, how).await
                    };
                });
            }
            Some(ended) = open.join_next() => assert!(!ended.is_err_and(|error| error.is_panic())),
        }
    }
}

/// Ends a connection as a refused one ends.
fn reset(stream: TcpStream) {
    let _ = stream.set_zero_linger();
}

async fn connect(to: SocketAddr) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(to).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

async fn serve_tcp(
    mut client: TcpStream,
    to: SocketAddr,
    state: &State,
    whole: How,
) -> io::Result<()> {
    let mut server = connect(to).await?;
    let (mut up, mut down) = (vec![0; 1 << 16], vec![0; 1 << 16]);
    // Whether the client has spoken since the server did, and what becomes of that.
    let (mut asked, mut how) = (false, whole);
    loop {
        tokio::select! {
            read = client.read(&mut up) => {
                let read = read?;
                if read == 0 {
                    return Ok(());
                }
                if !asked {
                    asked = true;
                    let next = state.next(false);
                    if whole == How::Pass {
                        how = next;
                    }
                }
                match how {
                    How::Refuse => {
                        reset(client);
                        return Ok(());
                    }
                    How::Swallow => {}
                    _ => server.write_all(&up[..read]).await?,
                }
            }
            read = server.read(&mut down) => {
                let read = read?;
                if read == 0 {
                    return Ok(());
                }
                asked = false;
                match how {
                    How::Swallow => {}
                    How::CloseAfterRequest => return Ok(()),
                    How::Truncate(left) if left <= read => {
                        client.write_all(&down[..left]).await?;
                        return client.shutdown().await;
                    }
                    How::Truncate(left) => {
                        client.write_all(&down[..read]).await?;
                        how = How::Truncate(left - read);
                    }
                    How::Half => {
                        client.write_all(&down[..read / 2]).await?;
                        return client.shutdown().await;
                    }
                    How::Delay(time) => {
                        tokio::time::sleep(time).await;
                        client.write_all(&down[..read]).await?;
                        if whole == How::Pass {
                            how = How::Pass;
                        }
                    }
                    _ => client.write_all(&down[..read]).await?,
                }
            }
        }
    }
}

async fn serve_http(
    client: TcpStream,
    to: SocketAddr,
    state: &State,
    whole: How,
) -> io::Result<()> {
    let mut client = Half::new(client);
    let mut server: Option<Half> = None;
    loop {
        // A server that ends a connection which it kept is seen to do so by the client too.
        let ended = async {
            match &server {
                // It looks for itself: that something was ready a moment ago may be said once more
                // after all of it was read, and a connection that lives would be ended.
                Some(server) => {
                    let _ = server.stream.peek(&mut [0]).await;
                }
                None => std::future::pending().await,
            }
        };
        let request = tokio::select! {
            request = client.request() => request?,
            () = ended => return Ok(()),
        };
        let Some(request) = request else {
            return Ok(());
        };
        let mut how = state.next(false);
        if whole != How::Pass {
            how = whole;
        }
        match how {
            How::Refuse => {
                reset(client.stream);
                return Ok(());
            }
            How::Swallow => {
                while client.more().await? {
                    client.buffer.clear();
                }
                return Ok(());
            }
            How::Status(status) => {
                client.say(status, "").await?;
                continue;
            }
            How::Busy(seconds) => {
                client
                    .say(429, &format!("Retry-After: {seconds}\r\n"))
                    .await?;
                continue;
            }
            _ => {}
        }
        let server = match &mut server {
            Some(server) => server,
            none => none.insert(Half::new(connect(to).await?)),
        };
        server.stream.write_all(&request).await?;
        let (answer, head, closes) = server.answer(request.starts_with(b"HEAD ")).await;
        match how {
            How::CloseAfterRequest => return Ok(()),
            How::Truncate(limit) => {
                client
                    .stream
                    .write_all(&answer[..limit.min(answer.len())])
                    .await?;
                return client.stream.shutdown().await;
            }
            How::Half => {
                let end = head + (answer.len() - head) / 2;
                client.stream.write_all(&answer[..end]).await?;
                return client.stream.shutdown().await;
            }
            How::StatusAfterRequest(status) => {
                client.say(status, "").await?;
            }
            How::Delay(time) => {
                tokio::time::sleep(time).await;
                client.stream.write_all(&answer).await?;
            }
            _ => client.stream.write_all(&answer).await?,
        }
        if closes {
            return client.stream.shutdown().await;
        }
    }
}

/// One side of an HTTP connection, and what was read of it and not used.
struct Half {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Half {
    fn new(stream: TcpStream) -> Half {
        Half {
            stream,
            buffer: Vec::new(),
        }
    }

    /// Reads on; false at the end.
    async fn more(&mut self) -> io::Result<bool> {
        Ok(self.stream.read_buf(&mut self.buffer).await? > 0)
    }

    async fn up_to(&mut self, end: usize) -> io::Result<usize> {
        while self.buffer.len() < end {
            if !self.more().await? {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        Ok(end)
    }

    /// The place behind the next `wanted` after `from`.
    async fn behind(&mut self, from: usize, wanted: &[u8]) -> io::Result<usize> {
        loop {
            let rest = self.buffer.get(from..).unwrap_or_default();
            if let Some(at) = rest.windows(wanted.len()).position(|part| part == wanted) {
                return Ok(from + at + wanted.len());
            }
            self.up_to(self.buffer.len() + 1).await?;
        }
    }

    /// The place behind a body with this head, which says how long it is; `None` if it does not.
    async fn body(&mut self, start: usize, head: &str) -> io::Result<Option<usize>> {
        if header(head, "transfer-encoding").is_some_and(|value| value.contains("chunked")) {
            let mut at = start;
            loop {
                let line = self.behind(at, b"\r\n").await?;
                let size = String::from_utf8_lossy(&self.buffer[at..line - 2]).into_owned();
                let size = size.split(';').next().unwrap_or_default().trim();
                let size = usize::from_str_radix(size, 16).map_err(io::Error::other)?;
                at = line;
                if size > 0 {
                    at = self.up_to(line + size + 2).await?;
                    continue;
                }
                // Trailers, up to an empty line.
                loop {
                    let line = self.behind(at, b"\r\n").await?;
                    if line == at + 2 {
                        return Ok(Some(line));
                    }
                    at = line;
                }
            }
        }
        match header(head, "content-length") {
            None => Ok(None),
            Some(length) => {
                let length: usize = length.parse().map_err(io::Error::other)?;
                Ok(Some(self.up_to(start + length).await?))
            }
        }
    }

    /// The next request, whole; `None` if the client is done.
    async fn request(&mut self) -> io::Result<Option<Vec<u8>>> {
        if self.buffer.is_empty() && !self.more().await? {
            return Ok(None);
        }
        let start = self.behind(0, b"\r\n\r\n").await?;
        let head = String::from_utf8_lossy(&self.buffer[..start]).into_owned();
        if header(&head, "expect").is_some_and(|value| value.contains("100-continue")) {
            self.stream
                .write_all(b"HTTP/1.1 100 Continue\r\n\r\n")
                .await?;
        }
        let end = self.body(start, &head).await?.unwrap_or(start);
        Ok(Some(self.buffer.drain(..end).collect()))
    }

    /// The next answer, where its body begins, and whether the connection ends with it. A server
    /// that breaks off has said what it has said.
    async fn answer(&mut self, to_head: bool) -> (Vec<u8>, usize, bool) {
        loop {
            match self.whole_answer(to_head).await {
                // "Continue": the client has heard that already.
                Ok((head, end, _)) if self.buffer.get(9) == Some(&b'1') => {
                    debug_assert_eq!(head, end);
                    self.buffer.drain(..end);
                }
                Ok((head, end, closes)) => {
                    return (self.buffer.drain(..end).collect(), head, closes);
                }
                Err(_) => {
                    let said = std::mem::take(&mut self.buffer);
                    let head = said.len();
                    return (said, head, true);
                }
            }
        }
    }

    async fn whole_answer(&mut self, to_head: bool) -> io::Result<(usize, usize, bool)> {
        let start = self.behind(0, b"\r\n\r\n").await?;
        let head = String::from_utf8_lossy(&self.buffer[..start]).into_owned();
        let status = head.get(9..12).unwrap_or_default();
        let connection = header(&head, "connection").unwrap_or_default();
        let old = head.starts_with("HTTP/1.0") && connection != "keep-alive";
        let closes = old || connection == "close";
        if to_head || status.starts_with('1') || status == "204" || status == "304" {
            return Ok((start, start, closes));
        }
        if let Some(end) = self.body(start, &head).await? {
            return Ok((start, end, closes));
        }
        while self.more().await? {}
        Ok((start, self.buffer.len(), true))
    }

    /// An answer of the proxy's own.
    async fn say(&mut self, status: u16, more: &str) -> io::Result<()> {
        let answer = format!("HTTP/1.1 {status} By proxy\r\n{more}Content-Length: 0\r\n\r\n");
        self.stream.write_all(answer.as_bytes()).await
    }
}

/// The value of a header, in small letters.
fn header(head: &str, wanted: &str) -> Option<String> {
    head.lines().skip(1).find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.trim()
            .eq_ignore_ascii_case(wanted)
            .then(|| value.trim().to_lowercase())
    })
}

mod tests {
    use std::time::Instant;

    use super::*;

    /// An HTTP server that answers each request with its body, or in chunks where the path is
    /// `/chunks`, and says how many requests it has heard. It keeps connections.
    async fn echo() -> (SocketAddr, watch::Receiver<usize>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = listener.local_addr().unwrap();
        let (heard, hears) = watch::channel(0);
        tokio::spawn(async move {
            let heard = Arc::new(heard);
            while let Ok((stream, _)) = listener.accept().await {
                let heard = heard.clone();
                tokio::spawn(async move {
                    let mut half = Half::new(stream);
                    while let Ok(Some(request)) = half.request().await {
                        heard.send_modify(|heard| *heard += 1);
                        let body = request.windows(4).position(|part| part == b"\r\n\r\n");
                        let body = &request[body.unwrap() + 4..];
                        let body = String::from_utf8_lossy(body);
                        let length = body.len();
                        let answer = if request.starts_with(b"POST /chunks") {
                            format!(
                                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{length:x}\r\n{body}\r\n0\r\nTrailer: x\r\n\r\n"
                            )
                        } else {
                            format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{body}")
                        };
                        half.stream.write_all(answer.as_bytes()).await.unwrap();
                    }
                });
            }
        });
        (at, hears)
    }

    fn new_client() -> reqwest::Client {
        lethe::http::client(Duration::from_secs(30)).unwrap()
    }

    async fn ask(client: &reqwest::Client, url: &str) -> Result<(u16, String), reqwest::Error> {
        let answer = client.post(url).body("hello there").send().await?;
        let status = answer.status().as_u16();
        Ok((status, answer.text().await?))
    }

    #[tokio::test]
    async fn http_passes_and_requests_on_a_kept_connection_are_counted() {
        let (at, hears) = echo().await;
        let proxy = Proxy::http(at);
        let client = new_client();
        for path in ["/", "/chunks", "/"] {
            let (status, body) = ask(&client, &format!("{}{path}", proxy.url()))
                .await
                .unwrap();
            assert_eq!((status, body.as_str()), (200, "hello there"));
        }
        assert_eq!((proxy.requests_seen(), proxy.connections_seen()), (3, 1));
        assert_eq!(*hears.borrow(), 3);
    }

    #[tokio::test]
    async fn one_request_of_a_sequence_fails_in_each_way() {
        let (at, hears) = echo().await;
        let proxy = Proxy::http(at);
        for how in How::HTTP {
            for path in ["/", "/chunks"] {
                let client = new_client();
                let url = format!("{}{path}", proxy.url());
                proxy.fail_request(1, how);
                let before = *hears.borrow();
                assert_eq!(ask(&client, &url).await.unwrap().0, 200, "{how:?}");
                let failed = ask(&client, &url).await;
                match how {
                    How::Status(status) | How::StatusAfterRequest(status) => {
                        assert_eq!(failed.unwrap().0, status);
                    }
                    How::Busy(_) => assert_eq!(failed.unwrap().0, 429),
                    _ => assert!(failed.is_err(), "{how:?}: {failed:?}"),
                }
                assert_eq!(ask(&client, &url).await.unwrap().0, 200, "{how:?}");
                assert_eq!(proxy.requests_seen(), 3, "{how:?}");
                let unheard = matches!(how, How::Refuse | How::Status(_) | How::Busy(_));
                let heard = *hears.borrow() - before;
                assert_eq!(heard, if unheard { 2 } else { 3 }, "{how:?}");
            }
        }
    }

    #[tokio::test]
    async fn retry_after_is_said() {
        let (at, _) = echo().await;
        let proxy = Proxy::http(at);
        proxy.fail_next(1, How::Busy(7));
        let answer = new_client().get(proxy.url()).send().await.unwrap();
        assert_eq!(answer.headers()["retry-after"], "7");
        let answer = new_client().get(proxy.url()).send().await.unwrap();
        assert_eq!(answer.status(), 200);
    }

    #[tokio::test]
    async fn a_swallowed_request_is_seen_and_never_answered() {
        let (at, hears) = echo().await;
        let proxy = Proxy::http(at);
        proxy.fail_from(0, How::Swallow);
        let url = proxy.url();
        let asking = tokio::spawn(async move { ask(&new_client(), &url).await });
        proxy.until_requests(1).await;
        assert!(!asking.is_finished());
        proxy.cut();
        assert!(asking.await.unwrap().is_err());
        assert_eq!(*hears.borrow(), 0);
    }

    #[tokio::test]
    async fn nobody_is_there_while_it_is_shut() {
        let (at, _) = echo().await;
        let proxy = Proxy::http(at);
        let client = new_client();
        assert!(ask(&client, &proxy.url()).await.is_ok());
        proxy.shut();
        let other = new_client();
        assert!(ask(&other, &proxy.url()).await.unwrap_err().is_connect());
        proxy.open();
        assert!(ask(&client, &proxy.url()).await.is_ok());
        proxy.fail_connections(1, How::Refuse);
        let other = new_client();
        assert!(ask(&other, &proxy.url()).await.is_err());
        assert!(ask(&other, &proxy.url()).await.is_ok());
        assert_eq!(proxy.connections_seen(), 2);
    }

    #[tokio::test]
    async fn an_answer_comes_later() {
        let (at, _) = echo().await;
        let proxy = Proxy::http(at);
        proxy.fail_next(1, How::Delay(Duration::from_millis(200)));
        let begun = Instant::now();
        assert!(ask(&new_client(), &proxy.url()).await.is_ok());
        assert!(begun.elapsed() >= Duration::from_millis(200));
    }

    /// A server that speaks first, as MariaDB does, and then answers `!` and what it hears.
    async fn greeter() -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = listener.local_addr().unwrap();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                tokio::spawn(async move {
                    stream.write_all(b"welcome").await.unwrap();
                    let mut heard = [0; 100];
                    while let Ok(read @ 1..) = stream.read(&mut heard).await {
                        let answer = [b"!!!!!", &heard[..read]].concat();
                        stream.write_all(&answer).await.unwrap();
                    }
                });
            }
        });
        at
    }

    async fn hear(stream: &mut TcpStream, wanted: usize) -> Vec<u8> {
        let mut heard = Vec::new();
        let mut part = [0; 100];
        while heard.len() < wanted {
            match stream.read(&mut part).await {
                Ok(read @ 1..) => heard.extend_from_slice(&part[..read]),
                _ => break,
            }
        }
        heard
    }

    #[tokio::test]
    async fn turns_of_any_protocol_are_counted_and_fail() {
        let proxy = Proxy::tcp(greeter().await);
        for how in [How::Pass].into_iter().chain(How::TCP) {
            let heard: &[u8] = match how {
                How::Pass => b"!!!!!two",
                How::Truncate(_) => b"!",
                How::Half => b"!!!!",
                _ => b"",
            };
            proxy.fail_request(1, how);
            let mut stream = TcpStream::connect(proxy.address()).await.unwrap();
            assert_eq!(hear(&mut stream, 7).await, b"welcome");
            stream.write_all(b"one").await.unwrap();
            assert_eq!(hear(&mut stream, 8).await, b"!!!!!one", "{how:?}");
            stream.write_all(b"two").await.unwrap();
            assert_eq!(hear(&mut stream, 8).await, heard, "{how:?}");
            assert_eq!((proxy.requests_seen(), proxy.connections_seen()), (2, 1));
        }
    }

    #[tokio::test]
    async fn a_connection_fails_before_the_client_speaks() {
        let proxy = Proxy::tcp(greeter().await);
        proxy.fail_connections(1, How::Truncate(3));
        let mut stream = TcpStream::connect(proxy.address()).await.unwrap();
        assert_eq!(hear(&mut stream, 7).await, b"wel");
        let mut stream = TcpStream::connect(proxy.address()).await.unwrap();
        assert_eq!(hear(&mut stream, 7).await, b"welcome");
    }
}
