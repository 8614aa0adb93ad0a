//! A browser under remote control: the DevTools protocol over a pipe, JSON messages that end with a zero byte.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use serde_json::{Value, json};

use crate::error::{Error, Result, io};
use crate::lean::store;
use crate::setup::chromium;

/// How long one answer may take; a machine may be busy.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running browser with one page.
pub struct Browser {
    child: Child,
    input: ChildStdin,
    messages: Receiver<Value>,
    /// Events that came while something else was awaited.
    events: VecDeque<Value>,
    session: Option<String>,
    calls: u64,
    profile: PathBuf,
}

impl Browser {
    /// Starts the program; `profile` is a folder of its own, which is removed at the end.
    pub fn start(program: &Path, profile: PathBuf) -> Result<Browser> {
        store::remove(&profile)?;
        std::fs::create_dir_all(&profile).map_err(io("create", &profile))?;
        // The browser reads commands from descriptor 3 and answers on 4.
        let mut child = Command::new("sh")
            .args([
                "-c",
                "exec \"$0\" \"$@\" 3<&0 4>&1 </dev/null >/dev/null 2>&1",
            ])
            .arg(program)
            .args(chromium::arguments(&profile))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|source| Error::Start {
                program: program.display().to_string(),
                source,
            })?;
        let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(Error::Check("the browser has no pipes".into()));
        };
        let (sender, messages) = channel();
        std::thread::spawn(move || {
            for message in BufReader::new(output).split(0) {
                let Ok(Ok(message)) = message.map(|m| serde_json::from_slice(&m)) else {
                    return;
                };
                if sender.send(message).is_err() {
                    return;
                }
            }
        });
        let mut browser = Browser {
            child,
            input,
            messages,
            events: VecDeque::new(),
            session: None,
            calls: 0,
            profile,
        };
        let target = browser.call("Target.createTarget", json!({ "url": "about:blank" }))?;
        let attached = browser.call(
            "Target.attachToTarget",
            json!({ "targetId": target["targetId"], "flatten": true }),
        )?;
        browser.session = attached["sessionId"].as_str().map(String::from);
        for domain in ["Page", "Runtime", "Log", "Network"] {
            browser.call(&format!("{domain}.enable"), json!({}))?;
        }
        Ok(browser)
    }

    /// Calls a method and returns its result.
    pub fn call(&mut self, method: &str, params: Value) -> Result<Value> {
        self.calls += 1;
        let mut message = json!({ "id": self.calls, "method": method, "params": params });
        if let Some(session) = &self.session {
            message["sessionId"] = json!(session);
        }
        let mut bytes = message.to_string().into_bytes();
        bytes.push(0);
        self.input
            .write_all(&bytes)
            .and_then(|()| self.input.flush())
            .map_err(io("write to", "the browser"))?;
        loop {
            let message = self.receive(method)?;
            if message["id"] == json!(self.calls) {
                return match &message["error"] {
                    Value::Null => Ok(message["result"].clone()),
                    error => Err(Error::Check(format!("browser: {method}: {error}"))),
                };
            }
            self.events.push_back(message);
        }
    }

    fn receive(&mut self, awaited: &str) -> Result<Value> {
        self.messages.recv_timeout(PATIENCE).map_err(|e| {
            Error::Check(match e {
                RecvTimeoutError::Timeout => {
                    format!("browser: no {awaited} in {} s", PATIENCE.as_secs())
                }
                RecvTimeoutError::Disconnected => {
                    format!("browser: it ended before {awaited}; run it by hand to see why")
                }
            })
        })
    }

    /// Opens an address and waits until it is loaded.
    pub fn open(&mut self, url: &str) -> Result<()> {
        self.events.retain(|e| e["method"] != "Page.loadEventFired");
        // By way of an empty page, so that the same address with another hash is loaded anew.
        for url in ["about:blank", url] {
            self.call("Page.navigate", json!({ "url": url }))?;
            self.wait("Page.loadEventFired")?;
        }
        Ok(())
    }

    fn wait(&mut self, event: &str) -> Result<()> {
        if let Some(k) = self.events.iter().position(|e| e["method"] == event) {
            self.events.remove(k);
            return Ok(());
        }
        loop {
            let message = self.receive(event)?;
            if message["method"] == event {
                return Ok(());
            }
            self.events.push_back(message);
        }
    }

    /// The value of an expression in the page, two frames later, when what was done before has been drawn.
    pub fn evaluate(&mut self, expression: &str) -> Result<Value> {
        let expression = format!(
            "new Promise((done) => requestAnimationFrame(() => setTimeout(() => done({expression}))))"
        );
        let answer = self.call(
            "Runtime.evaluate",
            json!({ "expression": expression, "returnByValue": true, "awaitPromise": true }),
        )?;
        match &answer["exceptionDetails"] {
            Value::Null => Ok(answer["result"]["value"].clone()),
            e => Err(Error::Check(format!("browser: {expression}: {e}"))),
        }
    }

    /// Presses a key: `/`, `Enter`, `ArrowDown`.
    pub fn press(&mut self, key: &str) -> Result<()> {
        let text = match key {
            "Enter" => Some("\r"),
            key if key.chars().count() == 1 => Some(key),
            _ => None,
        };
        let code = match key {
            "Enter" => 13,
            "Escape" => 27,
            "Tab" => 9,
            "ArrowLeft" => 37,
            "ArrowUp" => 38,
            "ArrowRight" => 39,
            "ArrowDown" => 40,
            _ => 0,
        };
        let mut down =
            json!({ "type": "keyDown", "key": key, "code": key, "windowsVirtualKeyCode": code });
        if let Some(text) = text {
            down["text"] = json!(text);
        }
        self.call("Input.dispatchKeyEvent", down)?;
        self.call(
            "Input.dispatchKeyEvent",
            json!({ "type": "keyUp", "key": key, "code": key, "windowsVirtualKeyCode": code }),
        )
        .map(drop)
    }

    /// Types text into what has the focus.
    pub fn write(&mut self, text: &str) -> Result<()> {
        self.call("Input.insertText", json!({ "text": text }))
            .map(drop)
    }

    /// What went wrong since the last call: exceptions, errors on the console, and addresses other than files that were asked for.
    pub fn complaints(&mut self) -> Vec<String> {
        let mut found = Vec::new();
        for event in std::mem::take(&mut self.events) {
            let params = &event["params"];
            match event["method"].as_str() {
                Some("Runtime.exceptionThrown") => {
                    found.push(params["exceptionDetails"].to_string());
                }
                Some("Runtime.consoleAPICalled")
                    if matches!(
                        params["type"].as_str(),
                        Some("error" | "warning" | "assert")
                    ) =>
                {
                    found.push(params["args"].to_string());
                }
                Some("Log.entryAdded")
                    if matches!(params["entry"]["level"].as_str(), Some("error" | "warning")) =>
                {
                    found.push(params["entry"]["text"].to_string());
                }
                Some("Network.requestWillBeSent") => {
                    let url = params["request"]["url"].as_str().unwrap_or("");
                    if !["file:", "data:", "about:"]
                        .iter()
                        .any(|s| url.starts_with(s))
                    {
                        found.push(format!("asks for {url}"));
                    }
                }
                _ => {}
            }
        }
        found
    }

    /// A picture of the window, as PNG.
    pub fn picture(&mut self) -> Result<Vec<u8>> {
        let answer = self.call("Page.captureScreenshot", json!({ "format": "png" }))?;
        decode(answer["data"].as_str().unwrap_or(""))
            .ok_or_else(|| Error::Check("browser: a picture that is not base64".into()))
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // What is left of a browser that does not end is of no use to anyone.
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = store::remove(&self.profile);
    }
}

fn decode(text: &str) -> Option<Vec<u8>> {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut held) = (0u32, 0u32);
    for byte in text.bytes().filter(|b| *b != b'=') {
        let value = ALPHABET.iter().position(|a| *a == byte)?;
        bits = (bits << 6) | u32::try_from(value).ok()?;
        held += 6;
        if held >= 8 {
            held -= 8;
            out.push(u8::try_from((bits >> held) & 0xff).ok()?);
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_decoded() {
        assert_eq!(decode("TWFu").unwrap(), b"Man");
        assert_eq!(decode("TWE=").unwrap(), b"Ma");
        assert_eq!(decode("+/8=").unwrap(), [0xfb, 0xff]);
        assert!(decode("T!").is_none());
    }
}
