/** A reporter whose last line is `N passed, N failed, N skipped`, without colours. */
import type { Reporter, TestModule } from "vitest/node";

export default class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const count = { passed: 0, failed: 0, skipped: 0, pending: 0 };
    for (const module of modules) {
      for (const test of module.children.allTests()) count[test.result().state]++;
      // A file that does not load has no tests to fail.
      if (module.state() === "failed" && module.errors().length > 0) count.failed++;
    }
    const failed = count.failed + count.pending + errors.length;
    // On exit, so that it comes after the default reporter's summary, whatever order reporters are called in.
    process.on("exit", () =>
      console.log(`${count.passed} passed, ${failed} failed, ${count.skipped} skipped`),
    );
  }
}
