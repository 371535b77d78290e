/** What can be wrong, by the names of docs/runbooks. */
export const conditionNames = [
  ...['ConsumerLag', 'ConsumerStalled', 'ConsumerStopped', 'ConsumerRewound'],
  ...['FreshnessObjective', 'ErrorBudgetBurn', 'RowsMissing', 'RowsDouble', 'DimensionDiffers'],
  ...['CanaryLost', 'SlotLagging', 'SlotWillBeLost', 'TooManyParts'],
  ...['DeadLettersGrowing', 'DeadLetterFlood', 'QualityRuleFailed'],
  ...['QualityRuleError', 'StreamNotOpen'],
] as const;
export type ConditionName = (typeof conditionNames)[number];
