export { checkConfig } from './check-config.ts';
export { createHealth, createHealthHandler, type Health, type HealthOptions, type ReadinessCheck } from './health.ts';
export { loadConfig, type ConfigParser, type LoadedConfig } from './load-config.ts';
export { locateConfig } from './locate-config.ts';
export { createLogger, type Logger } from './logger.ts';
export { createMetrics, type Metrics } from './metrics.ts';
export { resolveSecret } from './resolve-secret.ts';
export { runProcess, type Host, type ProcessContext, type Running } from './run-process.ts';
export { serveHealth, type HealthServer } from './serve-health.ts';
