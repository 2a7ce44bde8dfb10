/**
 * How far float32 may be from float64, as a share of each tensor's largest value; from another float32, twice that.
 * A tiny batch and a saturated network amplify rounding: in a batch of two, dhprebn is the small rest of two terms
 * that cancel but for eps; at |hpreact| = 100 an ulp is 7.6e-6, which h takes in full where tanh is steep.
 */
export const SHARES = { "notebook-h64": 2e-6, odd: 2e-6, tiny: 2e-5, saturated: 2e-5 };
export type Fixture = keyof typeof SHARES;
export const FIXTURES = Object.keys(SHARES) as Fixture[];
