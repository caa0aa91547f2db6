/**
 * The only place that knows JavaCPP and libtorch: tensors and who owns them, devices, precision, the layers the models
 * are built of. Exported to the sibling modules alone.
 */
@NullMarked
package io.gill.torch;

import org.jspecify.annotations.NullMarked;
