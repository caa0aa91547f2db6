/** Model directories: where the parts of a model lie, and which provider reads each. */
@NullMarked
package io.gill.directory;

import org.jspecify.annotations.NullMarked;
