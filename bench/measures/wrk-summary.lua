-- wrk calls done() at the end: what was measured, as one line of JSON.
done = function(summary, latency, requests)
  io.write(string.format('{"requests":%d,"durationUs":%d,', summary.requests, summary.duration))
  io.write(string.format('"mean":%.3f,"p50":%.3f,"p99":%.3f}\n',
    latency.mean, latency:percentile(50), latency:percentile(99)))
end
