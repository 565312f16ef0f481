//! Peak memory of this process, from the Linux kernel.

/// Starts a new peak at what is held now. Does nothing where the kernel has no such counter.
pub fn reset_peak() {
    let _ = std::fs::write("/proc/self/clear_refs", "5");
}

/// Most memory held since the last [`reset_peak`], in MiB; 0 where it cannot be had.
pub fn peak_rss_mib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|rest| rest.trim().trim_end_matches("kB").trim().parse::<u64>().ok());
    kib.unwrap_or(0).div_ceil(1024)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_peak_follows_what_is_held() {
        super::reset_peak();
        let before = super::peak_rss_mib();
        let held = vec![1u8; 64 << 20];
        assert_eq!(held.iter().map(|&v| u64::from(v)).sum::<u64>(), 64 << 20);
        assert!(super::peak_rss_mib() >= before + 60);
    }
}
