//! Runs the steps of a case that are out of date, and remembers what they gave.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::Instant;

use ossein_geom::{Finding, Job};
use ossein_scan::FrameDecoder;
use serde_json::Value;

use crate::context::StepContext;
use crate::recipe::Recipe;
use crate::record::{InputEntry, Record, RecordError, RunEntry, RunStep, StepResult};
use crate::standing::{Cache, Standing};
use crate::step::{Outcome, StepDef};
use crate::store::{Lock, Store, StoreError};
use crate::{canonical, hash, memory, record, report};

/// How to run.
pub struct RunOptions<'a> {
    /// The last step that may run; all if none.
    pub until: Option<&'a str>,
    /// Say what would run, and change nothing.
    pub dry_run: bool,
    /// Decoder of compressed frames.
    pub decoder: &'a dyn FrameDecoder,
    /// Hears what happens.
    pub listener: &'a dyn Fn(&Event),
}

/// What happens in a run.
#[derive(Clone, Debug, PartialEq)]
pub enum Event<'a> {
    /// A step begins.
    Started(&'a str),
    /// A step is up to date.
    Reused(&'a str),
    /// A step would run, if this were no dry run.
    OutOfDate(&'a str),
    /// A step is done.
    Finished {
        /// Which.
        step: &'a str,
        /// How long it took.
        seconds: f64,
        /// Most memory that the process held.
        peak_rss_mib: u64,
        /// What it found.
        findings: &'a [Finding],
    },
}

/// What a run gave.
#[derive(Clone, Debug, PartialEq)]
pub struct RunSummary {
    /// Steps that ran.
    pub ran: Vec<&'static str>,
    /// Steps that were up to date.
    pub reused: Vec<&'static str>,
    /// Steps that are out of date still: a dry run, `until`, or a failed check before them.
    pub out_of_date: Vec<&'static str>,
    /// Whether a check failed.
    pub failed: bool,
    /// Whether anything below `out/` was written.
    pub changed: bool,
    /// The report.
    pub report: Value,
}

/// A case could not be run:
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// No step of that name.
    #[error("there is no step `{wanted}`; steps are {have}")]
    NoStep {
        /// What was asked for.
        wanted: String,
        /// What there is.
        have: String,
    },
    /// The record.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// The files.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A step failed.
    #[error("could not {title}")]
    Step {
        /// Which.
        step: &'static str,
        /// Its name for people.
        title: String,
        /// Why.
        source: Box<dyn Error + Send + Sync>,
    },
    /// The caller asked to stop.
    #[error("stopped during {step}; the next run goes on from there")]
    Cancelled {
        /// The step that was at work.
        step: &'static str,
    },
}

struct Engine<'a> {
    recipe: &'a Recipe,
    case_dir: &'a Path,
    options: &'a RunOptions<'a>,
    store: Store,
    record: Option<Record>,
    done: Vec<StepResult>,
    reused: Vec<bool>,
    cache: Cache,
    hashes: BTreeMap<PathBuf, String>,
    stirred: bool,
}

/// Runs every step that is out of date, in order.
///
/// An interrupted run leaves whole files and a whole record: the next run takes what is done.
///
/// # Errors
/// [`RunError`]; a failed check is no error, but ends the run.
pub fn run(
    case_dir: &Path,
    recipe: &Recipe,
    steps: &[StepDef],
    options: &RunOptions,
    job: &Job,
) -> Result<RunSummary, RunError> {
    let last = last_index(steps, options.until)?;
    let _lock = if options.dry_run { None } else { Some(Lock::take(case_dir)?) };
    let mut engine = Engine::open(case_dir, recipe, options)?;
    let walked = engine.walk(steps, last, job);
    let broken = walked.as_ref().is_err_and(|e| !matches!(e, RunError::Cancelled { .. }));
    if broken && engine.stirred {
        engine.sweep()?;
    }
    let out_of_date = walked?;
    engine.finish(steps, out_of_date)
}

fn last_index(steps: &[StepDef], until: Option<&str>) -> Result<usize, RunError> {
    let Some(wanted) = until else { return Ok(steps.len()) };
    let found = steps.iter().position(|step| step.id == wanted);
    found.map(|index| index + 1).ok_or_else(|| {
        let have: Vec<&str> = steps.iter().map(|step| step.id).collect();
        RunError::NoStep { wanted: wanted.into(), have: have.join(", ") }
    })
}

impl<'a> Engine<'a> {
    fn open(
        case_dir: &'a Path,
        recipe: &'a Recipe,
        options: &'a RunOptions<'a>,
    ) -> Result<Self, RunError> {
        let store = Store::new(case_dir);
        let there = case_dir.join(record::FILE).exists();
        let record = match (there, options.dry_run) {
            (false, true) => None,
            (_, dry_run) => Some(Record::open(case_dir, !dry_run)?),
        };
        if !options.dry_run {
            store.clean()?;
        }
        Ok(Self {
            recipe,
            case_dir,
            options,
            store,
            record,
            done: Vec::new(),
            reused: Vec::new(),
            cache: Cache::new(),
            hashes: BTreeMap::new(),
            stirred: false,
        })
    }

    /// Takes or makes the result of each step; gives the steps that stay out of date.
    fn walk(
        &mut self,
        steps: &[StepDef],
        last: usize,
        job: &Job,
    ) -> Result<Vec<&'static str>, RunError> {
        let mut out_of_date = Vec::new();
        for (index, step) in steps.iter().enumerate() {
            let may_run = index < last && !self.options.dry_run;
            if report::failed(&self.done) {
                out_of_date.push(step.id);
                continue;
            }
            let prepared = match self.inputs(step) {
                Err(_) if index >= last => None,
                inputs => inputs?,
            };
            let kept = prepared.as_ref().and_then(|(input_hash, _)| self.kept(step, input_hash));
            match (kept, prepared) {
                (Some(result), _) => {
                    (self.options.listener)(&Event::Reused(step.id));
                    self.done.push(result);
                    self.reused.push(true);
                }
                (None, Some((input_hash, inputs))) if may_run => {
                    let result = self.run_step(step, input_hash, inputs, job)?;
                    self.done.push(result);
                    self.reused.push(false);
                }
                _ => {
                    (self.options.listener)(&Event::OutOfDate(step.id));
                    out_of_date.push(step.id);
                }
            }
        }
        Ok(out_of_date)
    }

    /// Hash of all that a step depends on, and what it reads from outside; none where a step that
    /// it needs has no result.
    fn inputs(&mut self, step: &StepDef) -> Result<Option<(String, Vec<InputEntry>)>, RunError> {
        let params = canonical::line(&(step.params)(self.recipe));
        let mut parts = vec![
            env!("CARGO_PKG_VERSION").to_owned(),
            step.id.to_owned(),
            step.version.to_string(),
            params,
        ];
        for need in step.needs {
            let Some(result) = self.done.iter().find(|result| result.step == *need) else {
                return Ok(None);
            };
            parts.extend([result.step.clone(), result.output_hash.clone()]);
        }
        let externals = (step.inputs)(self.recipe, self.case_dir);
        let mut inputs = Vec::new();
        for external in externals.map_err(|e| could_not(step, e.into_inner()))? {
            let hash = match self.hashes.get(&external.path) {
                Some(hash) => hash.clone(),
                None => hash::of_path(&external.path)
                    .map_err(StoreError::disk(&external.path))
                    .map_err(|e| could_not(step, e.into()))?,
            };
            self.hashes.insert(external.path, hash.clone());
            parts.extend([external.name.to_owned(), hash.clone()]);
            inputs.push(InputEntry { name: external.name.into(), blake3: hash });
        }
        Ok(Some((hash::of_parts(parts.iter().map(String::as_str)), inputs)))
    }

    /// The recorded result for these inputs, if all its files are as they were.
    fn kept(&self, step: &StepDef, input_hash: &str) -> Option<StepResult> {
        let result = self.record.as_ref()?.find(step.id, input_hash)?;
        let whole = |f: &record::FileEntry| self.store.holds(&f.path, &f.blake3, f.byte_count);
        result.files.iter().all(whole).then(|| result.clone())
    }

    fn run_step(
        &mut self,
        step: &StepDef,
        input_hash: String,
        inputs: Vec<InputEntry>,
        job: &Job,
    ) -> Result<StepResult, RunError> {
        if !self.stirred {
            // A report never stands beside files of another recipe.
            self.store.remove(report::FILE)?;
            self.stirred = true;
        }
        (self.options.listener)(&Event::Started(step.id));
        memory::reset_peak();
        let clock = Instant::now();
        let mut context = StepContext {
            standing: Standing {
                recipe: self.recipe,
                case_dir: self.case_dir,
                store: &self.store,
                cache: &mut self.cache,
            },
            done: &self.done,
            decoder: self.options.decoder,
            written: Vec::new(),
        };
        let job = job.labelled(step.title);
        let outcome = (step.run)(&mut context, &job);
        let mut files = context.written;
        files.sort();
        let outcome = outcome.map_err(|error| match job.step(0, 1) {
            Err(_) => RunError::Cancelled { step: step.id },
            Ok(()) => could_not(step, error.into_inner()),
        })?;
        let seconds = (clock.elapsed().as_secs_f64() * 1e3).round() / 1e3;
        let result = StepResult {
            step: step.id.into(),
            version: step.version,
            output_hash: output_hash(&files, &outcome),
            input_hash,
            inputs,
            files,
            findings: outcome.findings,
            summary: outcome.summary,
            seconds,
            peak_rss_mib: memory::peak_rss_mib(),
        };
        (self.options.listener)(&Event::Finished {
            step: step.id,
            seconds,
            peak_rss_mib: result.peak_rss_mib,
            findings: &result.findings,
        });
        let record = self.record.as_mut().expect("a run that writes has a record");
        Ok(record.add_result(result)?)
    }

    /// Removes files of steps whose results do not count any more.
    fn sweep(&self) -> Result<(), StoreError> {
        let Some(record) = &self.record else { return Ok(()) };
        let valid = |name: &str| self.done.iter().any(|r| r.files.iter().any(|f| f.path == name));
        for name in record.known_files().into_iter().filter(|name| !valid(name)) {
            self.store.remove(name)?;
        }
        Ok(())
    }

    fn finish(
        mut self,
        steps: &[StepDef],
        out_of_date: Vec<&'static str>,
    ) -> Result<RunSummary, RunError> {
        let id_of = |name: &str| steps.iter().map(|s| s.id).find(|id| *id == name);
        let with = |flag: bool| {
            let each = self.done.iter().zip(&self.reused).filter(move |(_, r)| **r == flag);
            each.filter_map(|(result, _)| id_of(&result.step)).collect::<Vec<_>>()
        };
        let (ran, reused) = (with(false), with(true));
        let failed = report::failed(&self.done);
        let flags = self.flags();
        let report = report::with_timings(self.recipe, &self.done, &flags);
        let mut changed = !ran.is_empty();
        if !self.options.dry_run {
            self.sweep()?;
            changed |= self.close(&report, &flags)?;
        }
        Ok(RunSummary { ran, reused, out_of_date, failed, changed, report })
    }

    /// Which steps were reused; as in the last run where nothing differs from it.
    fn flags(&self) -> Vec<bool> {
        let last = self.record.as_ref().and_then(Record::last_run);
        let same = last.filter(|last| {
            let steps = last.steps.iter().map(|s| (&s.step, &s.input_hash, &s.output_hash));
            let ours = self.done.iter().map(|r| (&r.step, &r.input_hash, &r.output_hash));
            last.recipe_hash == self.recipe.hash() && steps.eq(ours)
        });
        match same {
            Some(last) => last.steps.iter().map(|step| step.reused).collect(),
            None => self.reused.clone(),
        }
    }

    /// Writes the report and closes the run in the record; says whether the report was written.
    fn close(&mut self, report: &Value, flags: &[bool]) -> Result<bool, RunError> {
        let bytes = canonical::pretty(report).into_bytes();
        let report_hash = hash::of_bytes(&bytes);
        let there = self.store.holds(report::FILE, &report_hash, bytes.len() as u64);
        if !there {
            self.store.write::<StoreError>(report::FILE, |out| {
                let path = Path::new(report::FILE);
                out.write_all(&bytes).map_err(StoreError::disk(path))
            })?;
        }
        let step = |(r, reused): (&StepResult, &bool)| RunStep {
            step: r.step.clone(),
            input_hash: r.input_hash.clone(),
            output_hash: r.output_hash.clone(),
            reused: *reused,
        };
        let steps = self.done.iter().zip(flags).map(step).collect();
        let run = RunEntry { recipe_hash: self.recipe.hash(), steps, report_hash };
        let record = self.record.as_mut().expect("a run that writes has a record");
        if record.last_run() != Some(&run) {
            record.add_run(run)?;
        }
        Ok(!there)
    }
}

fn could_not(step: &StepDef, source: Box<dyn Error + Send + Sync>) -> RunError {
    RunError::Step { step: step.id, title: format!("do step `{}`", step.id), source }
}

/// Hash of files, findings and summary.
fn output_hash(files: &[record::FileEntry], outcome: &Outcome) -> String {
    let value = serde_json::json!({
        "files": files,
        "findings": outcome.findings,
        "summary": outcome.summary,
    });
    hash::of_bytes(canonical::line(&value).as_bytes())
}
