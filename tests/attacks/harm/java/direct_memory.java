// Take memory outside of the heap, by buffers and by mapped files.
// catalogue: H3, H5
// shows: achieved
// ends: wrong_answer, runtime_error, memory_limit
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

public class Solution {
    public static long add(long a, long b) {
        System.out.println("attacking");
        List<ByteBuffer> taken = new ArrayList<>();
        List<byte[]> arrays = new ArrayList<>();
        for (int n = 0; n < 90; n++) {
            try {
                ByteBuffer buffer = ByteBuffer.allocateDirect(5_000_000);
                for (int at = 0; at < buffer.capacity(); at += 4096) buffer.put(at, (byte) 1);
                taken.add(buffer);
            } catch (OutOfMemoryError error) {
                break;
            }
        }
        for (int n = 0; n < 90; n++) {
            try {
                arrays.add(new byte[5_000_000]);
            } catch (OutOfMemoryError error) {
                break;
            }
        }
        if (taken.size() + arrays.size() > 150) System.out.println("achieved");
        System.out.flush();
        return -12345;
    }
}
