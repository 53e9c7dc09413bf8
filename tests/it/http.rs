//! A small HTTP/1.1 server and client on threads, so that tests and benches can stand between the product and AWS, or in
//! AWS's place, without another HTTP stack to build. Knows nothing of AWS, and refers to nothing else in the test bed:
//! benches include this file.

use std::io::{self, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

const MAX_HEADERS: usize = 64;
const MAX_HEAD_BYTES: usize = 64 * 1024;
/// How often a connection that was told to hang looks whether its client or its server has gone.
const POLL: Duration = Duration::from_millis(20);

/// What a client asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    pub method: String,
    /// Path and query, as sent.
    pub target: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Request {
    pub fn header(&self, name: &str) -> Option<&str> {
        find(&self.headers, name)
    }

    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    pub fn query(&self) -> &str {
        self.target.split_once('?').map_or("", |(_, query)| query)
    }
}

/// What the server answers, and how badly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    pub delivery: Delivery,
}

/// How an answer travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    Whole,
    After(Duration),
    /// Half of the promised body, then the connection closes.
    CutShort,
    /// Nothing, until the client gives up.
    Never,
}

impl Reply {
    pub fn new(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        let headers = vec![("Content-Type".to_owned(), content_type.to_owned())];
        Self { status, headers, body: body.into(), delivery: Delivery::Whole }
    }

    #[must_use]
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    #[must_use]
    pub fn delivered(mut self, delivery: Delivery) -> Self {
        self.delivery = delivery;
        self
    }
}

fn find<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
}

/// A server on a free loopback port; it stops when dropped.
pub struct Server {
    address: SocketAddr,
    stopped: Arc<AtomicBool>,
}

impl Server {
    /// One thread a connection: right for the few hundred that a scan opens.
    pub fn start(handler: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("bind a loopback port");
        let address = listener.local_addr().expect("address of the bound port");
        let stopped = Arc::new(AtomicBool::new(false));
        let handler = Arc::new(handler);
        let accepting = Arc::clone(&stopped);
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if accepting.load(Ordering::Relaxed) {
                    break;
                }
                let (handler, stopped) = (Arc::clone(&handler), Arc::clone(&accepting));
                // A client that goes away mid-answer is part of the tests, not an error of the bed.
                thread::spawn(move || drop(converse(stream, handler.as_ref(), &stopped)));
            }
        });
        Self { address, stopped }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::Relaxed);
        // Wakes the accepting thread so that it sees the flag.
        drop(TcpStream::connect(self.address));
    }
}

fn converse(stream: TcpStream, handler: &impl Fn(&Request) -> Reply, stopped: &AtomicBool) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream.try_clone()?);
    while let Some(request) = read_request(&mut reader, &stream)? {
        if stopped.load(Ordering::Relaxed) {
            break;
        }
        let reply = handler(&request);
        match reply.delivery {
            Delivery::Never => return wait_for_hang_up(&stream, stopped),
            Delivery::After(delay) => thread::sleep(delay),
            Delivery::Whole | Delivery::CutShort => {}
        }
        write_reply(&stream, &reply, request.method == "HEAD")?;
        if reply.delivery == Delivery::CutShort {
            return stream.shutdown(Shutdown::Both);
        }
    }
    Ok(())
}

fn wait_for_hang_up(mut stream: &TcpStream, stopped: &AtomicBool) -> io::Result<()> {
    stream.set_read_timeout(Some(POLL))?;
    let mut scrap = [0; 64];
    while !stopped.load(Ordering::Relaxed) {
        match stream.read(&mut scrap) {
            Ok(0) => break,
            Ok(_) => {}
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

fn read_request(reader: &mut impl Read, mut writer: &TcpStream) -> io::Result<Option<Request>> {
    let Some(head) = read_head(reader)? else { return Ok(None) };
    let mut space = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut parsed = httparse::Request::new(&mut space);
    parsed.parse(&head).map_err(io::Error::other)?;
    let headers = owned(parsed.headers);
    if find(&headers, "expect").is_some() {
        writer.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
    }
    let method = parsed.method.unwrap_or_default().to_owned();
    let target = parsed.path.unwrap_or_default().to_owned();
    let body = read_body(reader, &headers, Length::Zero)?;
    Ok(Some(Request { method, target, headers, body }))
}

fn write_reply(mut stream: &TcpStream, reply: &Reply, head_only: bool) -> io::Result<()> {
    let mut out = format!("HTTP/1.1 {} {}\r\n", reply.status, if reply.status < 400 { "OK" } else { "Error" });
    for (name, value) in &reply.headers {
        if !is_framing(name) {
            out.push_str(&format!("{name}: {value}\r\n"));
        }
    }
    out.push_str(&format!("Content-Length: {}\r\n\r\n", reply.body.len()));
    let mut bytes = out.into_bytes();
    if !head_only {
        let sent = if reply.delivery == Delivery::CutShort { reply.body.len() / 2 } else { reply.body.len() };
        bytes.extend_from_slice(&reply.body[..sent]);
    }
    stream.write_all(&bytes)
}

/// Sends one request on a connection of its own.
pub fn send(address: SocketAddr, request: &Request) -> io::Result<Reply> {
    let mut stream = TcpStream::connect(address)?;
    let mut out = format!("{} {} HTTP/1.1\r\nConnection: close\r\n", request.method, request.target);
    for (name, value) in &request.headers {
        if !is_framing(name) && !name.eq_ignore_ascii_case("expect") {
            out.push_str(&format!("{name}: {value}\r\n"));
        }
    }
    out.push_str(&format!("Content-Length: {}\r\n\r\n", request.body.len()));
    stream.write_all(out.as_bytes())?;
    stream.write_all(&request.body)?;
    read_reply(&mut BufReader::new(stream), request.method == "HEAD")
}

fn read_reply(reader: &mut impl Read, head_only: bool) -> io::Result<Reply> {
    let head = read_head(reader)?.ok_or(io::ErrorKind::UnexpectedEof)?;
    let mut space = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut parsed = httparse::Response::new(&mut space);
    parsed.parse(&head).map_err(io::Error::other)?;
    let status = parsed.code.unwrap_or_default();
    let headers = owned(parsed.headers);
    let body = if head_only || status == 204 { Vec::new() } else { read_body(reader, &headers, Length::UntilClose)? };
    let headers = headers.into_iter().filter(|(name, _)| !is_framing(name)).collect();
    Ok(Reply { status, headers, body, delivery: Delivery::Whole })
}

/// What the absence of a length means: nothing follows a request, everything that comes follows a response.
enum Length {
    Zero,
    UntilClose,
}

fn read_head(reader: &mut impl Read) -> io::Result<Option<Vec<u8>>> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        if reader.read(&mut byte)? == 0 {
            return if head.is_empty() { Ok(None) } else { Err(io::ErrorKind::UnexpectedEof.into()) };
        }
        head.push(byte[0]);
        if head.len() > MAX_HEAD_BYTES {
            return Err(io::Error::other("HTTP head too long"));
        }
    }
    Ok(Some(head))
}

fn read_body(reader: &mut impl Read, headers: &[(String, String)], otherwise: Length) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    if find(headers, "transfer-encoding").is_some_and(|value| value.eq_ignore_ascii_case("chunked")) {
        read_chunks(reader, &mut body)?;
    } else if let Some(length) = find(headers, "content-length") {
        body.resize(length.parse().map_err(io::Error::other)?, 0);
        reader.read_exact(&mut body)?;
    } else if matches!(otherwise, Length::UntilClose) {
        reader.read_to_end(&mut body)?;
    }
    Ok(body)
}

fn read_chunks(reader: &mut impl Read, body: &mut Vec<u8>) -> io::Result<()> {
    loop {
        let line = read_line(reader)?;
        let size = line.split(';').next().unwrap_or_default().trim();
        let size = usize::from_str_radix(size, 16).map_err(io::Error::other)?;
        let start = body.len();
        body.resize(start + size, 0);
        reader.read_exact(&mut body[start..])?;
        read_line(reader)?;
        if size == 0 {
            return Ok(());
        }
    }
}

fn read_line(reader: &mut impl Read) -> io::Result<String> {
    let mut line = Vec::new();
    let mut byte = [0];
    while !line.ends_with(b"\r\n") {
        reader.read_exact(&mut byte)?;
        line.push(byte[0]);
    }
    String::from_utf8(line).map_err(io::Error::other)
}

fn owned(headers: &[httparse::Header<'_>]) -> Vec<(String, String)> {
    headers.iter().map(|header| (header.name.to_owned(), String::from_utf8_lossy(header.value).into_owned())).collect()
}

fn is_framing(name: &str) -> bool {
    ["content-length", "transfer-encoding", "connection"].iter().any(|framing| name.eq_ignore_ascii_case(framing))
}
