/**
 * exp, log and tanh to about one ulp on every device. WGSL lets exp be off by 3 + 2|x| ulp and log by an absolute
 * 2⁻²¹ near 1, and software adapters use that freedom (log(1−2⁻²⁴) comes out 73 % too large); the gradients' checks
 * do not. Range reductions and minimax polynomials: Cephes (expf.c, logf.c, tanhf.c).
 */
import { wgsl } from "wgsl-preprocessor/wgsl-preprocessor.js";

/**
 * e^x; 0 below −104, infinite above 88.7. NaN stays NaN: a device may make a minimum and a maximum of the two choices at the beginning, which lose
 * it, so its bits are asked.
 */
export const accurateExp = wgsl`
// e^x is 2^n times this, n being x / ln 2 rounded.
fn exp_mantissa4(x: vec4f, n: vec4f) -> vec4f {
  let r = (x - n * 0.693359375) + n * 2.12194440e-4;
  return (((((1.9875691500e-4 * r + 1.3981999507e-3) * r + 8.3334519073e-3) * r + 4.1665795894e-2) * r
    + 1.6666665459e-1) * r + 5.0000001201e-1) * (r * r) + r + 1.0;
}
// 2^n, n being whole. 1.5·2²³ + n has n in its last bits, and the shift drops all others; f32 to i32 would take software devices element by element.
fn exp_power4(n: vec4f) -> vec4f { return bitcast<vec4f>((bitcast<vec4u>(n + 12582912.0) + 127u) << vec4u(23u)); }
fn accurate_exp(x: f32) -> f32 { return accurate_exp4(vec4f(x)).x; }
fn accurate_exp4(x: vec4f) -> vec4f {
  let a = select(select(x, vec4f(89.0), x > vec4f(89.0)), vec4f(-104.0), x < vec4f(-104.0));
  let n = round(a * 1.44269504);
  // 2^n in two factors, since n reaches −150 and an exponent only −126.
  let half = floor(n * 0.5);
  let e = exp_mantissa4(a, n) * exp_power4(half) * exp_power4(n - half);
  return select(e, x, (bitcast<vec4u>(x) & vec4u(0x7fffffffu)) > vec4u(0x7f800000u));
}`;

/**
 * ln x; −infinity at 0, NaN below. The mantissa is taken in [√½, √2), so that nothing cancels near 1. What kind of number x is must be asked of
 * its bits: a device may take those below the smallest normal number, 2⁻¹²⁶, for 0 wherever it computes with them.
 */
export const accurateLog = wgsl`
fn accurate_log(x: f32) -> f32 {
  let bits = bitcast<i32>(x);
  // Below 2⁻¹²⁶ the bits count in steps of 2⁻¹⁴⁹.
  let tiny = bits < 0x00800000;
  let scaled = select(bits, bitcast<i32>(f32(bits)), tiny);
  let k = (scaled - 0x3f3504f3) >> 23u;
  let f = bitcast<f32>(scaled - (k << 23u)) - 1.0;
  let n = f32(k - select(0, 149, tiny));
  let z = f * f;
  let p = ((((((((7.0376836292e-2 * f - 1.1514610310e-1) * f + 1.1676998740e-1) * f - 1.2420140846e-1) * f
    + 1.4249322787e-1) * f - 1.6668057665e-1) * f + 2.0000714765e-1) * f - 2.4999993993e-1) * f
    + 3.3333331174e-1) * f * z;
  let y = n * 0.693359375 + (f + (p - n * 2.12194440e-4 - 0.5 * z));
  // Not above 0: −infinity or NaN. Infinity and NaN stay what they are.
  let pole = bitcast<f32>(bits | select(0x7fc00000, -0x00800000, (bits & 0x7fffffff) == 0));
  return select(select(y, x, bits >= 0x7f800000), pole, bits <= 0);
}`;

/**
 * tanh x. The builtin gives NaN or 0 for large |x| on several GPUs; (1−e)/(1+e) with e = exp(−2|x|) saturates at 1
 * instead, but cancels near 0, where an odd polynomial stands in.
 */
export const accurateTanh = wgsl`${accurateExp}
fn accurate_tanh(x: f32) -> f32 { return accurate_tanh4(vec4f(x)).x; }
fn accurate_tanh4(x: vec4f) -> vec4f {
  // From |x| = 20 on e is lost in 1 ± e; and 2^n needs one factor.
  let b = select(-2.0 * abs(x), vec4f(-40.0), abs(x) > vec4f(20.0));
  let n = round(b * 1.44269504);
  let e = exp_mantissa4(b, n) * exp_power4(n);
  let large = (1.0 - e) / (1.0 + e);
  let s = x * x;
  let small = ((((-5.70498872745e-3 * s + 2.06390887954e-2) * s - 5.37397155531e-2) * s + 1.33314422036e-1) * s
    - 3.33332819422e-1) * s * x + x;
  return select(select(large, -large, x < vec4f()), small, abs(x) < vec4f(0.625));
}`;
