export type { Readiness } from './admin-server.ts';
export { addressPrefix, clientOf } from './client-address.ts';
export {
  type ConfigDeclaration,
  type ConfigOf,
  defineConfig,
  type ServiceSettings,
  type Settings,
} from './config/declaration.ts';
export { describeConfig, renderHelp, type SettingDescription } from './config/describe-config.ts';
export { peerSettings } from './config/peer-settings.ts';
export { kafkaSettings, platformSettings } from './config/platform-settings.ts';
export { readConfig, type UnknownVariable, unknownVariables } from './config/read-config.ts';
export { type Setting, type SettingKind, setting } from './config/setting.ts';
export { followFile } from './files/follow-file.ts';
export { followTls, readTls, type TlsFiles } from './files/tls-files.ts';
export { createLogger } from './logger.ts';
export {
  createMetrics,
  describeMetrics,
  type MetricDescription,
  type Metrics,
  type Spread,
  type Tally,
} from './metrics/metrics.ts';
export type { MetricsSnapshot } from './metrics/metrics-snapshot.ts';
export { declarePeerMetrics, type PeerMetrics } from './metrics/peer-metrics.ts';
export { missingNodeFlags, serviceNodeFlags } from './node-flags.ts';
export { outliveReader } from './outlive-reader.ts';
export type { Presence } from './presence.ts';
export { loadProject, type Project, readProjectFiles } from './project.ts';
export { runService, type ServiceDefinition } from './run-service.ts';
export { missingServiceEnvironment } from './service-environment.ts';
export type { RunningService, Runtime } from './service-life.ts';
export { errorText, type ShownError, shownError, withoutCredentials } from './shown-error.ts';
export { createToldTogether, type ToldTogether } from './told-together.ts';
export { loadTransformFiles, type TransformFile } from './transform-files.ts';
