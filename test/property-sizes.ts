/**
 * Lets a property test's arrays and strings be as long as their `maxLength`: unasked, fast-check stops at about ten
 * elements, and a test "across 150 elements" never sees eleven.
 */
import fc from "fast-check";

fc.configureGlobal({ ...fc.readConfigureGlobal(), defaultSizeToMaxWhenMaxSpecified: true });
