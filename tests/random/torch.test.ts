import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { TorchGenerator } from "../../src/random/torch.ts";

// All values: PyTorch 1.13 on x86-64 with AVX2, `g = torch.Generator().manual_seed(seed)`; a digest is
// hashlib.sha256(tensor.numpy().tobytes()).hexdigest(), so that every bit counts.
const digest = (x: Float32Array) => createHash("sha256").update(x).digest("hex");
const NOTEBOOK_SEED = 2147483647;

describe("randn of 16 or more: every bit is PyTorch's", () => {
  test.each([
    [0, 16, "7648137a31024642604465428f1598d06f595259ac993612918498d7cde9b70c"],
    [0, 17, "6d2169852e19b6d18ed57d5a11b37c14723e147e06b2b3868a4e6d8a30017923"],
    [0, 31, "cc1d58695e923901dc919021e29d21d498584e19bf1ef18766f9b9fafe8ac0de"],
    [1, 32, "50b9790a1a55927e3757d4f744246b1eedc744ba24f66a58c91cb92f0cc4ad92"],
    [1, 270, "2246e495f9357932c19aaa97d3ccdb52820212fe8bc3213864d4c04b2111b319"],
    [42, 1000, "13b35fb427f5f8d71b856b1b58bdb07f268a5b64691a92e3c6b62414637fabfd"],
    [42, 8192, "46e40aef1c88694b338d759321f060ea322373c872eac3953d7387a386e6c725"],
    [4294967301, 17, "50c18b9535a932ce38503d22b67598b86b61efae376b51a5e8b93d573ace3de1"],
    [4294967301, 8192, "216020fe94827fb234852744e80c37047cb7352c7e04cf291bcd46310da978f4"],
    [9007199254740991, 31, "25ee33208fdedc15f742005b0694af82a32346940f96a4ad31ec078e34f250c2"],
    [9007199254740991, 8192, "927ae1dafa37ae9dc323ed0099af93f092ea24c56e5d16b9c112a66bbe449609"],
    [1, 1000003, "ff891ab69f0946f039fafec65bc035b255ef022c0a92731907eda49b0d0cd775"],
  ])("seed %i, %i numbers", (seed, n, expected) => {
    expect(digest(new TorchGenerator(seed).randn(n))).toBe(expected);
  });
});

describe("randn of fewer than 16: pairs of doubles, the second kept", () => {
  test("across calls of 1, 3, 2 and 15", () => {
    const g = new TorchGenerator(42);
    const expected = [
      [0.33669036626815796],
      [0.12880940735340118, 0.23446236550807953, 0.23033303022384644],
      [-1.1228563785552979, -0.18632829189300537],
      [
        2.2082014083862305, -0.637997031211853, 0.46165722608566284, 0.2673508822917938, 0.5349046587944031,
        0.809357225894928, 1.110290288925171, -1.6897989511489868, -0.9889599084854126, 0.9579718112945557,
        1.322135090827942, 0.8171897530555725, -0.765838623046875, -0.7506223320960999, 1.3525477647781372,
      ],
    ];
    for (const values of expected) expect(Array.from(g.randn(values.length))).toEqual(values);
  });

  test("2,000 calls of 0 to 15 numbers", () => {
    const g = new TorchGenerator(11);
    const all: number[] = [];
    for (let i = 0; i < 2000; i++) all.push(...g.randn(i % 16));
    expect(digest(new Float32Array(all))).toBe(
      "f459a4b3e7117b39ecd2e6cf2902c6b2f741c1578f4a2b19b6f8fa1bac52636b",
    );
  });

  test("the kept normal survives a long randn, a randint and the rest, but not a new seed", () => {
    const g = new TorchGenerator(9);
    expect(Array.from(g.randn(1))).toEqual([0.04472753778100014]);
    expect(digest(g.randn(20))).toBe("ecb304ef9e3fa6105e2978909d728a460a7bccc436d4a658c40276ea01623dcb");
    expect(Array.from(g.randint(10, 3))).toEqual([7, 7, 7]);
    expect(Array.from(g.randn(2))).toEqual([1.9112390279769897, 1.1475131511688232]);
    expect(Array.from(g.rand(2))).toEqual([0.8447084426879883, 0.7742495536804199]);

    g.manualSeed(9).randn(1);
    expect(Array.from(g.manualSeed(9).randn(2))).toEqual([0.04472753778100014, 1.9112390279769897]);
  });
});

describe("rand and randint", () => {
  test("rand", () => {
    expect(Array.from(new TorchGenerator(NOTEBOOK_SEED).rand(3))).toEqual([
      0.7081288695335388, 0.3542391061782837, 0.10543233156204224,
    ]);
    expect(digest(new TorchGenerator(3).rand(1001))).toBe(
      "db6a1eb91b15e91da3e536d4db385258082394a23853b4719736e36738ab12d6",
    );
  });

  test("randint, with the largest bound too", () => {
    expect(Array.from(new TorchGenerator(NOTEBOOK_SEED).randint(182625, 8))).toEqual([
      138156, 41144, 63274, 75447, 70028, 82980, 61784, 130741,
    ]);
    expect(Array.from(new TorchGenerator(7).randint(4294967295, 4))).toEqual([
      327741615, 976413892, 3349725721, 1369975286,
    ]);
  });

  test("randintInto fills a whole array or a part of one, with the same draws", () => {
    const whole = new Uint32Array(10).fill(99);
    new TorchGenerator(5).randintInto(whole.subarray(2, 8), 50);
    expect(Array.from(whole)).toEqual([99, 99, ...new TorchGenerator(5).randint(50, 6), 99, 99]);
  });

  test("randint(1) is all zeros, and zero numbers can be drawn", () => {
    const g = new TorchGenerator(1);
    expect(Array.from(g.randint(1, 3))).toEqual([0, 0, 0]);
    expect([g.rand(0).length, g.randn(0).length, g.randint(5, 0).length]).toEqual([0, 0, 0]);
  });
});

test("the notebook's draws: C, W1, b1, W2, b2 and the first minibatch, hidden 64", () => {
  const g = new TorchGenerator(NOTEBOOK_SEED);
  const C = g.randn(27 * 10);
  expect(Array.from(C.subarray(0, 10), (x) => x.toFixed(4))).toEqual(
    "1.5674 -0.2373 -0.0274 -1.1008 0.2859 -0.0296 -1.5471 0.6049 0.0791 0.9046".split(" "),
  );
  expect([C, g.randn(30 * 64), g.randn(64), g.randn(64 * 27), g.randn(27)].map(digest)).toEqual([
    "d471f11a3e07bcb5d632fd6d29350de702325f7b3cab7ce8169c141f2e27544d",
    "f29290e3f2a2f6339d5710339525c99e8baa90814209852046011b14a5158502",
    "31cec5ffbfe9e832153f9bf194004a9cc8ec062db8e9c58d070472d6d3cd1ae4",
    "88f95278c76a4edb15553b025ba0275b57f86c9f21377aa30a3c7734ac0183ad",
    "8206902ee0b3e5a30c4839f4480ed153987e637db9fe02fb205f10d61e854df4",
  ]);
  expect(Array.from(g.randint(182625, 32))).toEqual([
    120000, 157809, 82137, 69514, 73004, 68734, 286, 123947, 13538, 42674, 165010, 81021, 59151, 46471, 62456,
    64636, 24418, 108817, 169833, 145683, 168275, 157689, 36258, 142280, 32537, 149713, 149734, 149517,
    165139, 153533, 89661, 20039,
  ]);
});

describe("state", () => {
  const goOn = (g: TorchGenerator) => [
    ...g.randn(1),
    ...g.randint(182625, 700),
    ...g.randn(37),
    ...g.rand(5),
    ...g.randn(3),
  ];

  test.each([
    ["fresh", () => {}],
    ["with a normal kept", (g: TorchGenerator) => void g.randn(3)],
    ["in the middle of a block of words", (g: TorchGenerator) => void g.randint(7, 1000)],
    ["at the end of a block", (g: TorchGenerator) => void g.randint(7, 624)],
    ["with a normal kept, in the middle", (g: TorchGenerator) => void [g.randn(5), g.randn(100), g.rand(11)]],
  ])("%s: a copy goes on bit for bit", (_, advance) => {
    const g = new TorchGenerator(NOTEBOOK_SEED);
    advance(g);
    const state = g.getState();
    expect(state.length).toBe(2512);
    const expected = goOn(g);
    expect(goOn(TorchGenerator.fromState(state))).toEqual(expected);
    // From an unaligned part of a bigger buffer, and into a generator that keeps another normal.
    const buffer = new Uint8Array(3000);
    buffer.set(state, 13);
    const other = new TorchGenerator(1);
    other.randn(1);
    expect(goOn(other.setState(buffer.subarray(13, 13 + state.length)))).toEqual(expected);
  });

  test("an invalid state is refused, and changes nothing", () => {
    const g = new TorchGenerator(3);
    const state = g.getState();
    const damaged = (at: number, value: number) => state.with(at, value);
    expect(() => g.setState(state.subarray(1))).toThrow("generator state has 2511 bytes; it must have 2512");
    expect(() => g.setState(damaged(2497, 255))).toThrow("MT19937 index");
    expect(() => g.setState(damaged(2500, 2))).toThrow("damaged");
    expect(() => g.setState(damaged(2511, 0x7f).with(2510, 0xf0))).toThrow("damaged");
    expect(g.getState()).toEqual(state);
  });
});

describe("arguments that are refused", () => {
  test.each([-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])("seed %d", (seed) => {
    expect(() => new TorchGenerator(seed)).toThrow(RangeError);
    expect(() => new TorchGenerator(seed)).toThrow(`seed is ${seed}; it must be an integer in 0…2^53−1`);
  });

  test.each([0, -1, 2.5, 2 ** 32, Number.NaN])("randint bound %d", (high) => {
    expect(() => new TorchGenerator(0).randint(high, 1)).toThrow(`randint's upper bound is ${high}`);
  });

  test.each([-1, 0.5, Number.NaN])("count %d", (n) => {
    const g = new TorchGenerator(0);
    for (const draw of [() => g.rand(n), () => g.randn(n), () => g.randint(2, n)]) {
      expect(draw).toThrow(`cannot draw ${n} numbers`);
    }
  });
});
