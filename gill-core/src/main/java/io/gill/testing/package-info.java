/**
 * Deterministic fakes of every stage, for an application's own tests: no native library, no files, no randomness.
 * {@link io.gill.testing.FakeModel} assembles them; each can also replace one stage of a real model.
 */
@NullMarked
package io.gill.testing;

import org.jspecify.annotations.NullMarked;
