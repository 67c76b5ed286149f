export type HoldState = 'active' | 'committed' | 'released' | 'expired';
