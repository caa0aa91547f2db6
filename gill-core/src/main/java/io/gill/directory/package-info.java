/** Model directories: locates the parts of a model and finds the provider of each. */
@NullMarked
package io.gill.directory;

import org.jspecify.annotations.NullMarked;
