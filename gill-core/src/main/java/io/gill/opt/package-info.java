/** OPT, the frozen language model GILL speaks with: pre-norm and post-norm variants, with a key/value cache. */
@NullMarked
package io.gill.opt;

import org.jspecify.annotations.NullMarked;
