/**
 * Multimodal conversation: load a model, hand it text and images, get text and images back.
 *
 * <p>Five types are enough for most applications:
 *
 * <ol>
 *   <li>{@link io.gill.GillModel}: a loaded model, shared by threads; close it at the end.
 *   <li>{@link io.gill.Session}: a conversation that goes on, for one thread at a time.
 *   <li>{@link io.gill.Conversation}: what was said so far, as a value.
 *   <li>{@link io.gill.Reply}: text and images in the order they were spoken.
 *   <li>{@link io.gill.RespondOptions}: length, seed, sampling, image policy, listener, cancellation.
 * </ol>
 *
 * <pre>{@code
 * try (GillModel model = GillModel.load(Path.of("my-model")); Session session = model.session()) {
 *   Reply reply = session.respond(Content.image(Path.of("cat.png")), Content.of("What is this?"));
 *   System.out.println(reply.text());
 *   RespondOptions options = RespondOptions.builder().imagePolicy(ImagePolicy.GENERATE).seed(7).build();
 *   for (Reply.ImagePart part : session.respond("Show me one on a sofa", options).images()) {
 *     ImageIO.write(part.image().orElseThrow(), "png", new File("sofa.png"));
 *   }
 * }
 * }</pre>
 *
 * <p>{@link io.gill.Capabilities} says what a model lacks and why, {@link io.gill.GillListener} receives tokens and
 * diffusion steps while a reply is generated, and {@link io.gill.GillException} is the one exception to catch. Stages are
 * replaced with {@link io.gill.GillModel#builder()} and the interfaces of {@link io.gill.stage}.
 */
@NullMarked
package io.gill;

import org.jspecify.annotations.NullMarked;
