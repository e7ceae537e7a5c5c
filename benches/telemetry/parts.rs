//! The parts of telemetry, each of which can be on or off.

/// What is on.
#[derive(Clone, Default)]
pub struct Parts {
    pub metrics: bool,
    /// A line a request, to a pipe.
    pub lines: bool,
    /// Of requests, how many are traced, and the collector's address.
    pub traces: Option<(f64, String)>,
    /// Not telemetry, but between every client and every answer as well.
    pub limits: bool,
    /// Loki's address.
    pub loki: Option<String>,
}

impl Parts {
    /// The settings that make it so.
    pub fn settings(&self) -> Vec<String> {
        let mut settings = vec![
            format!("metrics.enabled={}", self.metrics),
            format!("limits.enabled={}", self.limits),
            format!("log.requests={}", if self.lines || self.loki.is_some() { "all" } else { "none" }),
        ];
        if let Some((ratio, address)) = &self.traces {
            settings.push(format!("traces.endpoint=http://{address}"));
            settings.push(format!("traces.sampler_ratio={ratio}"));
        }
        if let Some(address) = &self.loki {
            settings.push(format!("loki.url=http://{address}"));
            settings.push("loki.lines_per_second=500".to_owned());
        }
        settings
    }
}
