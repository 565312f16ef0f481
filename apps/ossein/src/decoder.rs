//! Codecs run in child processes with limits: a codec that crashes or hangs takes nothing with it.

use std::io::{BufReader, BufWriter, stdin, stdout};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use ossein_scan::child;
use ossein_scan::{DecodeError, DecodedFrames, FrameDecoder};
use rustix::process::{Resource, Rlimit, setrlimit};

use crate::Exit;

/// Address space of a child, in bytes.
const MEMORY_BYTE_COUNT_MAX: u64 = 4 << 30;
/// Processor time of a child, in seconds; a child that served well is replaced when it is spent.
const CPU_SECONDS_MAX: u64 = 600;
/// Longest wait for one file.
const WAIT: Duration = Duration::from_secs(120);
/// Most bytes of decoded words of one file.
const REPLY_BYTE_COUNT_MAX: u64 = 2 << 30;

/// Sends compressed files to child processes of this program.
pub struct ChildDecoder {
    program: PathBuf,
    wait: Duration,
    idle: Mutex<Vec<Child>>,
}

impl ChildDecoder {
    /// From the path of this program; children start when the first file comes.
    pub fn new(program: PathBuf) -> Self {
        Self { program, wait: WAIT, idle: Mutex::new(Vec::new()) }
    }

    fn start(&self) -> Result<Child, DecodeError> {
        let mut command = Command::new(&self.program);
        // Nothing of the caller's environment is of use to a codec.
        command.arg("decode-child").env_clear().stderr(Stdio::null());
        let started = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        started.map_err(|e| DecodeError::Child(format!("could not start: {e}")))
    }
}

impl FrameDecoder for ChildDecoder {
    fn decode(
        &self,
        file_bytes: &[u8],
        frame_count_max: u32,
    ) -> Result<DecodedFrames, DecodeError> {
        let idle = self.idle.lock().ok().and_then(|mut idle| idle.pop());
        let used = idle.is_some();
        let child = match idle {
            Some(child) => child,
            None => self.start()?,
        };
        let ask = |child| ask(child, file_bytes, frame_count_max, self.wait);
        let (reply, child) = ask(child);
        let (reply, child) = match reply {
            // An old child may have spent its processor time on other files: one fresh try.
            Err(DecodeError::Child(_)) if used => ask(self.start()?),
            reply => (reply, child),
        };
        if let (Some(child), Ok(mut idle)) = (child, self.idle.lock()) {
            idle.push(child);
        }
        reply
    }
}

impl Drop for ChildDecoder {
    fn drop(&mut self) {
        if let Ok(mut idle) = self.idle.lock() {
            idle.drain(..).for_each(end);
        }
    }
}

fn end(mut child: Child) {
    let _ = child.kill();
    let _ = child.wait();
}

/// One file to a child, and its answer; gives the child back where it can serve again.
fn ask(
    mut child: Child,
    file_bytes: &[u8],
    frame_count_max: u32,
    wait: Duration,
) -> (Result<DecodedFrames, DecodeError>, Option<Child>) {
    let (Some(mut to), Some(mut from)) = (child.stdin.take(), child.stdout.take()) else {
        end(child);
        return (Err(DecodeError::Child("it has no pipes".into())), None);
    };
    let (sender, receiver) = channel();
    let answered = std::thread::scope(|scope| {
        scope.spawn(|| {
            let sent =
                child::encode_request(&mut BufWriter::new(&mut to), file_bytes, frame_count_max);
            let reply = match sent {
                Ok(()) => child::decode_reply(&mut BufReader::new(&mut from), REPLY_BYTE_COUNT_MAX),
                Err(error) => Err(DecodeError::Child(error.to_string())),
            };
            let _ = sender.send(reply);
        });
        let answer = receiver.recv_timeout(wait);
        if matches!(answer, Err(RecvTimeoutError::Timeout)) {
            // The pipes break, and the thread above ends.
            let _ = child.kill();
        }
        answer
    });
    let reply = answered
        .unwrap_or_else(|_| Err(DecodeError::Child(format!("it gave no answer within {wait:?}"))));
    if matches!(reply, Err(DecodeError::Child(_) | DecodeError::TooLarge { .. })) {
        end(child);
        return (reply, None);
    }
    (child.stdin, child.stdout) = (Some(to), Some(from));
    (reply, Some(child))
}

/// The child: sets its own limits, then answers until its input ends.
pub fn serve() -> Exit {
    let limits = [
        (Resource::As, MEMORY_BYTE_COUNT_MAX),
        (Resource::Cpu, CPU_SECONDS_MAX),
        (Resource::Fsize, 0),
        (Resource::Core, 0),
    ];
    for (resource, most) in limits {
        let limit = Rlimit { current: Some(most), maximum: Some(most) };
        if setrlimit(resource, limit).is_err() {
            return Exit::Failed;
        }
    }
    match child::serve(BufReader::new(stdin().lock()), BufWriter::new(stdout().lock())) {
        Ok(()) => Exit::Done,
        Err(_) => Exit::Failed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_child_that_answers_nonsense_is_an_error() {
        for program in ["/bin/true", "/bin/yes", "/no/such/program"] {
            let mut decoder = ChildDecoder::new(program.into());
            decoder.wait = Duration::from_millis(300);
            let error = decoder.decode(&[0; 100_000], 1).unwrap_err();
            assert!(matches!(error, DecodeError::Child(_)), "{program}: {error}");
        }
    }
}
