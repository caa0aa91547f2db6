/** OPT, the language model of the published GILL: pre-norm and post-norm variants. */
@NullMarked
package io.gill.opt;

import org.jspecify.annotations.NullMarked;
