/** A warning of Node's (a deprecation, a listener leak) fails the test file that caused it. */
process.on("warning", (warning) => {
  throw warning;
});
