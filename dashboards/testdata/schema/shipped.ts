// What a dashboard of this folder may be: Grafana's published types (@grafana/schema), with
// the options of each kind of panel where that package leaves them open, and the queries of
// the ClickHouse data source as its documentation has them.
import type { Dashboard, DataSourceRef, Panel, TableFieldOptions } from '@grafana/schema';
import type * as bargauge from '@grafana/schema/dist/esm/raw/composable/bargauge/panelcfg/x/BarGaugePanelCfg_types.gen';
import type * as stat from '@grafana/schema/dist/esm/raw/composable/stat/panelcfg/x/StatPanelCfg_types.gen';
import type * as table from '@grafana/schema/dist/esm/raw/composable/table/panelcfg/x/TablePanelCfg_types.gen';
import type * as timeseries from '@grafana/schema/dist/esm/raw/composable/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen';

// JSON has the values of enums, not their names.
type Written<T> = T extends string ? `${T}` : T extends number | boolean | null | undefined ? T : T extends object ? { [K in keyof T]: Written<T[K]> } : T;

interface Query {
  refId: string;
  datasource: DataSourceRef;
  editorType: 'sql';
  queryType: 'table' | 'timeseries';
  format: 0 | 1;
  pluginVersion: string;
  rawSql: string;
}

interface Link {
  title: string;
  url: string;
  targetBlank?: boolean;
}

type Field = Omit<NonNullable<Panel['fieldConfig']>['defaults'], 'custom' | 'links'> & { links?: Link[] };

type Property =
  | { id: 'custom.hideFrom'; value: TableFieldOptions['hideFrom'] }
  | { id: 'custom.width'; value: TableFieldOptions['width'] }
  | { id: 'custom.cellOptions'; value: TableFieldOptions['cellOptions'] }
  | { [K in 'color' | 'decimals' | 'displayName' | 'links' | 'thresholds' | 'unit']: { id: K; value: Field[K] } }['color' | 'decimals' | 'displayName' | 'links' | 'thresholds' | 'unit'];

interface Kind<Name extends string, Options, Custom> extends Omit<Panel, 'type' | 'options' | 'fieldConfig' | 'targets'> {
  type: Name;
  options: Options;
  targets: Query[];
  fieldConfig: { defaults: Field & { custom?: Custom }; overrides: Array<{ matcher: { id: 'byName'; options: string }; properties: Property[] }> };
}

type Kinds =
  | Kind<'timeseries', timeseries.Options, timeseries.FieldConfig>
  | Kind<'stat', stat.Options, never>
  | Kind<'bargauge', bargauge.Options, never>
  | Kind<'table', table.Options, TableFieldOptions>;

export type Shipped = Written<Omit<Dashboard, 'panels'> & { panels: Kinds[] }>;
