/**
 * Prints `N passed, N failed` of the last test run; exits with 1 if anything failed.
 * `--run-failed` says that the test command itself failed: the report leaves out
 * errors that belong to no test.
 */
import { readFileSync } from "node:fs";
import process from "node:process";
import { fileURLToPath } from "node:url";

const file = fileURLToPath(new URL("../coverage/test-results.json", import.meta.url));

function read() {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    console.error(`no test results: ${error.message}`);
    return { numPassedTests: 0, numFailedTests: 0, testResults: [] };
  }
}

const report = read();
const { numPassedTests, numFailedTests, testResults } = report;
// A file that breaks outside of its tests counts as one.
const broken = testResults.filter(
  (result) =>
    result.status === "failed" && !result.assertionResults.some((test) => test.status === "failed"),
).length;
const runFailed = report.success !== true || process.argv.includes("--run-failed");
const failed = numFailedTests + broken || (runFailed ? 1 : 0);

console.log(`${numPassedTests} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
