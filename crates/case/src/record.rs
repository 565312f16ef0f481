//! The record, `record.sqlite`: what was computed from what, row after row, chained by hash.
//!
//! Table `entries` is only ever added to. Views `step_results` and `runs` show it to people.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use ossein_geom::Finding;
use rusqlite::{Connection, ErrorCode, OpenFlags, params};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{canonical, hash};

/// Name of the record in a case folder.
pub const FILE: &str = "record.sqlite";
/// Version of the tables; a record of another version is refused.
const SCHEMA: i64 = 1;

/// The record could not be used:
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// The file is no record, or was changed from outside.
    #[error(
        "{path} is damaged ({reason}). To go on, delete it: the next run computes everything again \
         from scan and recipe. What was signed in it is lost; keep a copy if that matters"
    )]
    Damaged {
        /// The record.
        path: PathBuf,
        /// What does not hold.
        reason: String,
    },
    /// Made by another version of this program.
    #[error("{path} has version {found} and this program reads {SCHEMA}")]
    Version {
        /// The record.
        path: PathBuf,
        /// Its version.
        found: i64,
    },
    /// The disk failed or is full.
    #[error("{path}: {error}")]
    Disk {
        /// The record.
        path: PathBuf,
        /// What the database said.
        error: rusqlite::Error,
    },
}

/// A file that a step wrote.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FileEntry {
    /// Name below `out/`.
    pub path: String,
    /// Its hash.
    pub blake3: String,
    /// Its size.
    pub byte_count: u64,
}

/// Something from outside that a step read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InputEntry {
    /// `scan`, `tumour`.
    pub name: String,
    /// Hash of its content.
    pub blake3: String,
}

/// What a step gave, and what it took to get there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepResult {
    /// Which step.
    pub step: String,
    /// Version of the step.
    pub version: u32,
    /// Hash of all that it depends on.
    pub input_hash: String,
    /// Hash of all that it gave.
    pub output_hash: String,
    /// What it read from outside.
    pub inputs: Vec<InputEntry>,
    /// What it wrote, by name.
    pub files: Vec<FileEntry>,
    /// What someone should look at.
    pub findings: Vec<Finding>,
    /// Its part of the report.
    pub summary: Value,
    /// How long it took.
    pub seconds: f64,
    /// Most memory that the process held.
    pub peak_rss_mib: u64,
}

/// A step in a finished run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunStep {
    /// Which step.
    pub step: String,
    /// Hash of all that it depends on.
    pub input_hash: String,
    /// Hash of all that it gave.
    pub output_hash: String,
    /// Whether an older result was taken.
    pub reused: bool,
}

/// A finished run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunEntry {
    /// Hash of the recipe.
    pub recipe_hash: String,
    /// Its steps.
    pub steps: Vec<RunStep>,
    /// Hash of `report.json`.
    pub report_hash: String,
}

/// The record of a case.
pub struct Record {
    path: PathBuf,
    connection: Connection,
    head: String,
    results: Vec<StepResult>,
    last_run: Option<RunEntry>,
}

impl Record {
    /// Opens the record of a case; makes it if `create` and there is none.
    ///
    /// # Errors
    /// [`RecordError`], with what to do about it.
    pub fn open(case_dir: &Path, create: bool) -> Result<Self, RecordError> {
        let path = case_dir.join(FILE);
        let flags = if create {
            OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE
        } else {
            OpenFlags::SQLITE_OPEN_READ_WRITE
        };
        let opened = Connection::open_with_flags(&path, flags);
        let connection = opened.map_err(|error| said(&path, error))?;
        let mut record =
            Self { path, connection, head: String::new(), results: Vec::new(), last_run: None };
        record.prepare().map_err(|error| said(&record.path, error))?;
        record.load()?;
        Ok(record)
    }

    fn prepare(&self) -> rusqlite::Result<()> {
        // A commit is on the disk before it counts; a cut one is rolled back by the next open.
        self.connection.execute_batch(
            "PRAGMA journal_mode = DELETE; PRAGMA synchronous = EXTRA; PRAGMA busy_timeout = 5000;",
        )?;
        if self.version()? != 0 {
            return Ok(());
        }
        self.connection.execute_batch(&format!(
            "BEGIN IMMEDIATE;
             CREATE TABLE IF NOT EXISTS entries (
                 seq INTEGER PRIMARY KEY, kind TEXT NOT NULL, body TEXT NOT NULL,
                 hash TEXT NOT NULL);
             CREATE VIEW IF NOT EXISTS step_results AS SELECT seq,
                 body ->> 'step' AS step, body ->> 'input_hash' AS input_hash,
                 body ->> 'output_hash' AS output_hash, body -> 'files' AS files,
                 body -> 'findings' AS findings, body -> 'summary' AS summary,
                 body ->> 'seconds' AS seconds, body ->> 'peak_rss_mib' AS peak_rss_mib
                 FROM entries WHERE kind = 'step';
             CREATE VIEW IF NOT EXISTS runs AS SELECT seq,
                 body ->> 'recipe_hash' AS recipe_hash, body -> 'steps' AS steps,
                 body ->> 'report_hash' AS report_hash
                 FROM entries WHERE kind = 'run';
             PRAGMA user_version = {SCHEMA};
             COMMIT;"
        ))
    }

    fn version(&self) -> rusqlite::Result<i64> {
        self.connection.query_row("PRAGMA user_version", [], |row| row.get(0))
    }

    fn load(&mut self) -> Result<(), RecordError> {
        let found = self.version().map_err(|error| said(&self.path, error))?;
        if found != SCHEMA {
            return Err(RecordError::Version { path: self.path.clone(), found });
        }
        let rows = self.rows().map_err(|error| said(&self.path, error))?;
        for (seq, (kind, body, hash)) in rows.into_iter().enumerate() {
            let damaged = |reason: String| RecordError::Damaged {
                path: self.path.clone(),
                reason: format!("row {}: {reason}", seq + 1),
            };
            self.head = hash::of_parts([self.head.as_str(), &kind, &body]);
            if self.head != hash {
                return Err(damaged("the hash chain is broken".into()));
            }
            match kind.as_str() {
                "step" => {
                    let parsed = serde_json::from_str(&body);
                    self.results.push(parsed.map_err(|e| damaged(e.to_string()))?);
                }
                "run" => {
                    let parsed = serde_json::from_str(&body);
                    self.last_run = Some(parsed.map_err(|e| damaged(e.to_string()))?);
                }
                other => return Err(damaged(format!("unknown kind `{other}`"))),
            }
        }
        Ok(())
    }

    fn rows(&self) -> rusqlite::Result<Vec<(String, String, String)>> {
        let sound: String =
            self.connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
        if sound != "ok" {
            let code = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT);
            return Err(rusqlite::Error::SqliteFailure(code, Some(sound)));
        }
        let mut query =
            self.connection.prepare("SELECT kind, body, hash FROM entries ORDER BY seq")?;
        let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        rows.collect()
    }

    /// The latest result of a step for these inputs.
    pub fn find(&self, step: &str, input_hash: &str) -> Option<&StepResult> {
        self.results.iter().rev().find(|r| r.step == step && r.input_hash == input_hash)
    }

    /// The last run that came to its end.
    pub fn last_run(&self) -> Option<&RunEntry> {
        self.last_run.as_ref()
    }

    /// Names of all files below `out/` that any step ever wrote.
    pub fn known_files(&self) -> BTreeSet<&str> {
        self.results.iter().flat_map(|r| &r.files).map(|file| file.path.as_str()).collect()
    }

    /// Keeps a result. Where the same result was had before, that one stays and is given back:
    /// time and memory are those of the first time.
    ///
    /// # Errors
    /// [`RecordError::Disk`]; the record is as it was then.
    pub fn add_result(&mut self, result: StepResult) -> Result<StepResult, RecordError> {
        let latest = self.find(&result.step, &result.input_hash).cloned();
        let same = |old: &&StepResult| {
            old.step == result.step
                && old.input_hash == result.input_hash
                && old.output_hash == result.output_hash
        };
        let first = self.results.iter().find(same).cloned();
        match (first, latest) {
            (Some(first), Some(latest)) if latest.output_hash == first.output_hash => Ok(first),
            (first, _) => {
                let result = first.unwrap_or(result);
                self.add("step", &result)?;
                self.results.push(result.clone());
                Ok(result)
            }
        }
    }

    /// Keeps a finished run.
    ///
    /// # Errors
    /// [`RecordError::Disk`].
    pub fn add_run(&mut self, run: RunEntry) -> Result<(), RecordError> {
        self.add("run", &run)?;
        self.last_run = Some(run);
        Ok(())
    }

    fn add(&mut self, kind: &str, body: &impl Serialize) -> Result<(), RecordError> {
        let value = serde_json::to_value(body).expect("plain data is JSON");
        let body = canonical::line(&value);
        let hash = hash::of_parts([self.head.as_str(), kind, &body]);
        let insert = "INSERT INTO entries (kind, body, hash) VALUES (?1, ?2, ?3)";
        let added = self.connection.execute(insert, params![kind, body, hash]);
        added.map_err(|error| said(&self.path, error))?;
        self.head = hash;
        Ok(())
    }
}

fn said(path: &Path, error: rusqlite::Error) -> RecordError {
    let path = path.to_owned();
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase | ErrorCode::Unknown) => {
            RecordError::Damaged { path, reason: error.to_string() }
        }
        Some(_) => RecordError::Disk { path, error },
        None => RecordError::Damaged { path, reason: error.to_string() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn result(input: &str, output: &str, seconds: f64) -> StepResult {
        StepResult {
            step: "import".into(),
            version: 1,
            input_hash: input.into(),
            output_hash: output.into(),
            inputs: Vec::new(),
            files: vec![FileEntry { path: "a".into(), blake3: "b".into(), byte_count: 1 }],
            findings: vec![Finding::note("scan.x", "series 1", "a guess").measured(0.1, 0.3, "mm")],
            summary: json!({ "v": 1.0 / 3.0 }),
            seconds,
            peak_rss_mib: 3,
        }
    }

    fn folder(name: &str) -> PathBuf {
        let path =
            std::env::temp_dir().join(format!("ossein-record-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        path
    }

    #[test]
    fn the_first_time_counts() {
        let case = folder("first");
        let mut record = Record::open(&case, true).unwrap();
        assert_eq!(record.add_result(result("i", "o", 1.0)).unwrap().seconds, 1.0);
        assert_eq!(record.add_result(result("i", "o", 2.0)).unwrap().seconds, 1.0);
        assert_eq!(record.add_result(result("i", "p", 3.0)).unwrap().seconds, 3.0);
        assert_eq!(record.add_result(result("i", "o", 4.0)).unwrap().seconds, 1.0);
        drop(record);
        let record = Record::open(&case, false).unwrap();
        assert_eq!(record.find("import", "i"), Some(&result("i", "o", 1.0)));
        assert_eq!(record.results.len(), 3);
        std::fs::remove_dir_all(case).unwrap();
    }

    #[test]
    fn a_changed_row_is_seen() {
        let case = folder("changed");
        let mut record = Record::open(&case, true).unwrap();
        record.add_result(result("i", "o", 1.0)).unwrap();
        let change = "UPDATE entries SET body = replace(body, 'a guess', 'certain')";
        assert_eq!(record.connection.execute(change, []).unwrap(), 1);
        drop(record);
        let error = Record::open(&case, true).err().unwrap();
        assert!(matches!(error, RecordError::Damaged { .. }));
        assert!(error.to_string().contains("delete it"));
        std::fs::remove_dir_all(case).unwrap();
    }

    #[test]
    fn nonsense_is_no_record() {
        let case = folder("nonsense");
        for (n, bytes) in [vec![7u8; 5000], b"SQLite format 3\0".repeat(400)].iter().enumerate() {
            std::fs::write(case.join(FILE), bytes).unwrap();
            let error = Record::open(&case, true).err().unwrap();
            assert!(matches!(error, RecordError::Damaged { .. }), "{n}: {error}");
        }
        std::fs::write(case.join(FILE), b"").unwrap();
        Record::open(&case, true).unwrap();
        std::fs::remove_dir_all(case).unwrap();
    }
}
