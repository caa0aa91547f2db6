/**
 * Tensors and their owners, devices, precision and the layers of the models. No other package uses JavaCPP or libtorch.
 * Exported to the sibling modules only.
 */
@NullMarked
package io.gill.torch;

import org.jspecify.annotations.NullMarked;
