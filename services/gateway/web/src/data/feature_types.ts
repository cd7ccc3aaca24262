// Features as feature-pipeline has them.
export interface FeatureDefinition {
  name: string;
  kind: string;
  parameters: string;
  outputs: string[];
  source: string;
  bars_needed: number;
}

export interface FeatureSet {
  features: { name: string; value: number; ready: boolean; event_time?: string }[];
}

export interface FeaturePoint {
  event_time?: string;
  name: string;
  value: number;
}
