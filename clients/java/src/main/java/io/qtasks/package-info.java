/**
 * A client of qtasks: submits tasks to a broker and follows them.
 *
 * <p>{@link io.qtasks.QtasksClient} is where to begin. The messages of {@code io.qtasks.v1} are
 * generated from the wire's definition, and their comments say what is promised.
 */
package io.qtasks;
