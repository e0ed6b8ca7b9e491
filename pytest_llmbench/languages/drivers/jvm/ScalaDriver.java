package llmbench;

import java.lang.reflect.Constructor;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import scala.Option;
import scala.Product;
import scala.Tuple2;
import scala.collection.Iterable;
import scala.collection.JavaConverters;
import scala.collection.Seq;
import scala.collection.immutable.Map$;
import scala.collection.mutable.Buffer;
import scala.collection.mutable.Builder;

/** Serve calls of a Scala answer. */
public final class ScalaDriver {
    private ScalaDriver() {}

    public static void main(String[] names) {
        Output.install();
        new Driver(new ScalaValues(), names).start();
    }

    /** Values with Scala's own collections, options and tuples. */
    private static final class ScalaValues extends Values {
        @Override
        Object read(Words words, Type type) {
            if (rawClass(type) == Option.class) {
                return Option.apply(read(words, argument(type, 0)));
            }
            return super.read(words, type);
        }

        @Override
        boolean isGeneral(Class<?> raw) {
            return super.isGeneral(raw) || Iterable.class.isAssignableFrom(raw);
        }

        @Override
        Object itemsOf(List<Object> items, Class<?> raw, boolean isSet, boolean isTuple) {
            if (isTuple && (raw == Object.class || raw == Product.class)) {
                return tuple(items);
            }
            Buffer<Object> buffer = JavaConverters.asScalaBufferConverter(items).asScala();
            scala.collection.mutable.Set<Object> set =
                    JavaConverters.asScalaSetConverter(new LinkedHashSet<>(items)).asScala();
            Object[] list = {buffer.toList(), buffer.toVector(), buffer};
            Object[] sets = {set.toSet(), set};
            Object found = fitting(raw, isSet ? sets : list);
            found = found == null ? fitting(raw, isSet ? list : sets) : found;
            return found == null ? super.itemsOf(items, raw, isSet, isTuple) : found;
        }

        @Override
        Object mapOf(Map<Object, Object> map, Class<?> raw) {
            Builder<Tuple2<Object, Object>, ?> builder = Map$.MODULE$.newBuilder();
            map.forEach((key, value) -> builder.$plus$eq(new Tuple2<>(key, value)));
            Object mutable = JavaConverters.mapAsScalaMapConverter(map).asScala();
            Object found = fitting(raw, builder.result(), mutable);
            return found == null ? super.mapOf(map, raw) : found;
        }

        private static Object fitting(Class<?> raw, Object... values) {
            for (Object value : values) {
                if (raw.isInstance(value)) {
                    return value;
                }
            }
            return null;
        }

        private static Object tuple(List<Object> items) {
            try {
                Class<?> tuple = Class.forName("scala.Tuple" + items.size());
                for (Constructor<?> each : tuple.getConstructors()) {
                    return each.newInstance(items.toArray());
                }
            } catch (ReflectiveOperationException error) {
                // It is told below.
            }
            throw new Mismatch("there is no tuple of " + items.size());
        }

        @Override
        Object plain(Object value) {
            if (value instanceof Option) {
                return ((Option<?>) value).isEmpty() ? null : ((Option<?>) value).get();
            } else if (value instanceof scala.runtime.BoxedUnit) {
                return null;
            } else if (value instanceof scala.math.BigInt) {
                return ((scala.math.BigInt) value).bigInteger();
            } else if (value instanceof scala.collection.Map) {
                var map = (scala.collection.Map<?, ?>) value;
                return JavaConverters.mapAsJavaMapConverter(map).asJava();
            } else if (value instanceof scala.collection.Set) {
                var set = (scala.collection.Set<?>) value;
                return JavaConverters.setAsJavaSetConverter(set).asJava();
            } else if (value instanceof Seq) {
                return JavaConverters.seqAsJavaListConverter((Seq<?>) value).asJava();
            }
            return super.plain(value);
        }

        @Override
        List<Object> parts(Object value) {
            if (!(value instanceof Product)) {
                return super.parts(value);
            }
            Product product = (Product) value;
            List<Object> parts = new ArrayList<>();
            for (int index = 0; index < product.productArity(); index++) {
                parts.add(product.productElement(index));
            }
            return parts;
        }
    }
}
