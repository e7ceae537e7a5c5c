// What a dashboard may hold: the types of Grafana's own frontend, as `@grafana/schema` publishes them. A JSON schema is
// made of this (grafana.py). Options are partial, because Grafana completes them with each panel's defaults.
import type { Dashboard } from './node_modules/@grafana/schema/dist/types/raw/dashboard/x/types.gen.js';
import type * as bargauge from './node_modules/@grafana/schema/dist/types/raw/composable/bargauge/panelcfg/x/types.gen.js';
import type * as heatmap from './node_modules/@grafana/schema/dist/types/raw/composable/heatmap/panelcfg/x/types.gen.js';
import type * as logs from './node_modules/@grafana/schema/dist/types/raw/composable/logs/panelcfg/x/types.gen.js';
import type * as stat from './node_modules/@grafana/schema/dist/types/raw/composable/stat/panelcfg/x/types.gen.js';
import type * as table from './node_modules/@grafana/schema/dist/types/raw/composable/table/panelcfg/x/types.gen.js';
import type * as timeseries from './node_modules/@grafana/schema/dist/types/raw/composable/timeseries/panelcfg/x/types.gen.js';

export interface Schema {
  dashboard: Dashboard;
  timeseries: { options: Partial<timeseries.Options>; custom: Partial<timeseries.FieldConfig> };
  heatmap: { options: Partial<heatmap.Options>; custom: Partial<heatmap.FieldConfig> };
  table: { options: Partial<table.Options>; custom: Partial<table.FieldConfig> };
  stat: { options: Partial<stat.Options>; custom: Record<string, never> };
  bargauge: { options: Partial<bargauge.Options>; custom: Record<string, never> };
  logs: { options: Partial<logs.Options>; custom: Record<string, never> };
}
