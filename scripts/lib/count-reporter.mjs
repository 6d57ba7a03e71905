import { writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { root } from './paths.mjs';

/**
 * A vitest reporter that leaves the counts, each skipped test's reason and each file with a failure
 * (`again`: its own counts) in the file of env COUNTS.
 */
export default class CountReporter {
  #remarks = new Map();

  /** What a file says of its skipped tests when they have no note of their own. */
  onUserConsoleLog({ content, taskId }) {
    const remark = /^skipped: (.*)/m.exec(content)?.[1];
    if (remark) this.#remarks.set((taskId ?? '').split('_')[0], remark);
  }

  onTestRunEnd(modules, errors) {
    const counts = { passed: 0, failed: 0, skipped: [], again: [] };
    // An error outside of all tests is a failure too, and so is a file that cannot be loaded.
    counts.failed += errors.length;
    for (const module of modules) {
      const before = { ...counts };
      this.#count(module, counts);
      const failed = counts.failed - before.failed;
      if (failed === 0) continue;
      const names = [...module.children.allTests('failed')].map((test) => test.fullName);
      const passed = counts.passed - before.passed;
      counts.again.push({ file: relative(root, module.moduleId), passed, failed, names });
    }
    writeFileSync(process.env.COUNTS, JSON.stringify(counts));
  }

  #count(module, counts) {
    counts.failed += module.errors().length;
    const file = relative(root, module.moduleId);
    for (const suite of module.children.allSuites()) counts.failed += suite.errors().length;
    const tests = [...module.children.allTests()];
    if (tests.length === 0 && module.ok()) {
      counts.skipped.push({ name: file, reason: this.#reason(module) });
    }
    for (const test of tests) {
      const { state, note } = test.result();
      if (state === 'passed') counts.passed++;
      else if (state === 'failed') counts.failed++;
      else {
        const reason = note ?? this.#reason(module);
        counts.skipped.push({ name: `${file} > ${test.fullName}`, reason });
      }
    }
  }

  #reason(module) {
    return this.#remarks.get(module.id.split('_')[0]) ?? 'the file does not say why';
  }
}
