/**
 * Box–Muller in float32, bit for bit as PyTorch computes it on x86-64 with AVX2.
 *
 * `torch.randn` of 16 or more floats uses the Cephes approximations of log, sin and cos (avx_mathfun.h,
 * compiled with fused multiply-adds). They are followed here operation by operation, for two reasons: the
 * weights then equal PyTorch's in every bit, and they are the same in every JavaScript engine, whose own
 * Math.log and Math.cos may differ. (Without AVX2 PyTorch calls the C library instead, and its own
 * results differ from these by up to 2.3e-6.)
 *
 * Source: Moshier's Cephes library (logf, sinf, cosf); ATen/native/cpu/DistributionTemplates.h,
 * normal_fill_16_AVX2.
 */
const f32 = Math.fround;

/** a·b + c, rounded once: the product of two floats is exact in a double. */
const fma = (a: number, b: number, c: number) => f32(a * b + c);

const TWO_PI = f32(2 * Math.PI);
const SQRT_HALF = f32(Math.SQRT1_2);
const FOUR_OVER_PI = f32(4 / Math.PI);

/** log(1+x) ≈ x − x²/2 + x³·P(x), highest power first. */
const LOG_P = [
  7.0376836292e-2, -1.151461031e-1, 1.167699874e-1, -1.2420140846e-1, 1.4249322787e-1, -1.6668057665e-1,
  2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1,
].map(f32);
/** ln 2 in two parts, of which the first has few bits. */
const LN2_HIGH = f32(0.693359375);
const LN2_LOW = f32(-2.1219444e-4);

/** π/4 in three parts (negated), so that x − j·π/4 keeps its bits. */
const PI_4 = [-0.78515625, -2.4187564849853516e-4, -3.774894977445941e-8].map(f32);
/** sin x ≈ x + x³·S(x²) and cos x ≈ 1 − x²/2 + x⁴·C(x²) for |x| ≤ π/4, highest power first. */
const SIN_P = [-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1].map(f32);
const COS_P = [2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2].map(f32);

const bits = new Uint32Array(1);
const float = new Float32Array(bits.buffer);

/** ln x of a normal positive float32. */
function logf(x: number): number {
  // x = m·2^e with m in [√½, √2).
  float[0] = x;
  let e = (bits[0] >>> 23) - 126;
  bits[0] = (bits[0] & 0x007fffff) | 0x3f000000;
  let m = float[0];
  if (m < SQRT_HALF) {
    e -= 1;
    m = f32(m + m);
  }
  m = f32(m - 1);
  const z = f32(m * m);
  let y = LOG_P[0];
  for (let i = 1; i < LOG_P.length; i++) y = fma(y, m, LOG_P[i]);
  y = fma(f32(y * m), z, f32(e * LN2_LOW));
  y = fma(-z, 0.5, y);
  return fma(e, LN2_HIGH, f32(m + y));
}

/** Writes radius·cos x and radius·sin x of 0 ≤ x ≤ 2π to out[at] and out[at + 8]. */
function polar(radius: number, x: number, out: Float32Array, at: number): void {
  // j: the nearest even multiple of π/4; the octant decides which polynomial and which sign.
  const j = (Math.trunc(f32(x * FOUR_OVER_PI)) + 1) & ~1;
  x = fma(j, PI_4[0], x);
  x = fma(j, PI_4[1], x);
  x = fma(j, PI_4[2], x);
  const z = f32(x * x);
  const c = fma(fma(COS_P[0], z, COS_P[1]), z, COS_P[2]);
  const cos = f32(fma(f32(c * z), z, f32(-0.5 * z)) + 1);
  const s = fma(fma(SIN_P[0], z, SIN_P[1]), z, SIN_P[2]);
  const sin = fma(f32(s * z), x, x);
  const swap = (j & 2) !== 0;
  // Adding the mean 0, as torch does, turns a −0 into 0.
  out[at] = radius * ((j + 2) & 4 ? -1 : 1) * (swap ? sin : cos) + 0;
  out[at + 8] = radius * (j & 4 ? -1 : 1) * (swap ? cos : sin) + 0;
}

/**
 * Turns 16 uniforms in [0, 1) at x[at…at+15], in place, into 16 standard normals: for j < 8
 * r = √(−2 ln(1 − x[j])), θ = 2π·x[j+8]; x[j] = r·cos θ, x[j+8] = r·sin θ.
 */
export function boxMuller16(x: Float32Array, at: number): void {
  for (let j = at; j < at + 8; j++) {
    const radius = f32(Math.sqrt(f32(-2 * logf(f32(1 - x[j])))));
    polar(radius, f32(TWO_PI * x[j + 8]), x, j);
  }
}
