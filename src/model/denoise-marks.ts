/** What was done with a cell. */
export const KEPT = 0;
export const IMPUTED = 1;
export const REPAIRED = 2;
